package io.sightglass.engine.storage;

/** A store's own checksum of a whole object, counted along while it is read. Not thread-safe. */
interface S3Checksum {

  void update(byte[] buffer, int offset, int length);

  /** Whether what was counted is what the store says, once all of it has been read. */
  boolean fits();
}
