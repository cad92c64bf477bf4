package io.sightglass.engine.result;

/** How the buffers of an Arrow stream are compressed when a client asks for it. */
public enum ArrowCompression {
  ZSTD,
  LZ4
}
