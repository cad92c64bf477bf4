package io.sightglass.engine.ingest.unpack;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** Brings the unpacked bytes of a binary object into the staging folder, as they are. */
public final class UnpackedFile {

  private static final int BUFFER_BYTES = 1 << 17;

  private UnpackedFile() {}

  /** Reads all of {@code source} into {@code file}; what the disk does not take is a failure. */
  public static void write(SourceBytes source, Path file) {
    byte[] buffer = new byte[BUFFER_BYTES];
    try (OutputStream out = Files.newOutputStream(file)) {
      for (int count = source.read(buffer, 0, buffer.length);
          count >= 0;
          count = source.read(buffer, 0, buffer.length)) {
        out.write(buffer, 0, count);
      }
    } catch (IOException failure) {
      throw failed(failure);
    }
    source.drain();
  }

  public static EngineException failed(IOException cause) {
    return new EngineException(
        ErrorCode.STORE_UNAVAILABLE,
        "The staging folder cannot be written; is the disk full?",
        cause);
  }
}
