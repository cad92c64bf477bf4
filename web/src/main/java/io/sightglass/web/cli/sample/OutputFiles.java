package io.sightglass.web.cli.sample;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.zip.GZIPOutputStream;

/**
 * Writes files below the landing folder; one appears under its name when it is complete.
 * Thread-safe.
 */
final class OutputFiles {

  private static final int BUFFER_BYTES = 1 << 16;
  private static final int GZIP_LEVEL = 4;

  private final Path root;

  OutputFiles(Path root) {
    this.root = root;
  }

  /** What a file holds. */
  interface Content {
    void write(OutputStream out) throws IOException;
  }

  /**
   * Writes a file; one whose name ends in {@code .gz} is compressed.
   *
   * @param name below the landing folder, with slashes
   */
  void write(String name, Content content) throws IOException {
    Path file = root.resolve(name);
    Path unfinished = file.resolveSibling("." + file.getFileName() + ".unfinished");
    Files.createDirectories(file.resolve("..").normalize());
    try (OutputStream out = open(name, unfinished)) {
      content.write(out);
    }
    Files.move(
        unfinished, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  /** Writes a text in UTF-8. */
  void write(String name, CharSequence text) throws IOException {
    write(name, out -> out.write(text.toString().getBytes(StandardCharsets.UTF_8)));
  }

  private static OutputStream open(String name, Path file) throws IOException {
    OutputStream out = Files.newOutputStream(file);
    return name.endsWith(".gz") ? new Gzip(out) : new BufferedOutputStream(out, BUFFER_BYTES);
  }

  /**
   * A gzip stream without a time or a name in its header, at a level that keeps up with the rest.
   */
  private static final class Gzip extends GZIPOutputStream {
    Gzip(OutputStream out) throws IOException {
      super(out, BUFFER_BYTES);
      def.setLevel(GZIP_LEVEL);
    }
  }
}
