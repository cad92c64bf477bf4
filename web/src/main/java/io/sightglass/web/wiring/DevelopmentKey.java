package io.sightglass.web.wiring;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.EnumSet;
import java.util.HexFormat;

/**
 * The key that signs development tokens: 32 random bytes in hex in {@code development.key} of the
 * data folder, readable by its owner alone.
 */
public final class DevelopmentKey {

  private static final FileAttribute<?> OWNER_ONLY =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));

  private DevelopmentKey() {}

  /**
   * The key of a data folder, made when there is none.
   *
   * @throws SettingsException when it cannot be read or written, or holds no key
   */
  public static byte[] of(Path data) {
    Path file = data.resolve("development.key");
    try {
      DataFolder.create(data);
      if (!Files.exists(file)) {
        make(file);
      }
      byte[] key = HexFormat.of().parseHex(Files.readString(file).strip());
      if (key.length == 32) {
        return key;
      }
    } catch (IOException e) {
      throw new SettingsException(
          "data: the development key in %s can be neither read nor made".formatted(data));
    } catch (IllegalArgumentException e) {
      // Reported below like a key of another length.
    }
    throw new SettingsException(
        "data: %s holds no key; allowed: 64 hex digits, or no file, so that one is made"
            .formatted(file));
  }

  /** Appears whole or not at all, and the first of several wins. */
  private static void make(Path file) throws IOException {
    byte[] key = new byte[32];
    new SecureRandom().nextBytes(key);
    Path draft = file.resolveSibling("development.key." + HexFormat.of().formatHex(key, 0, 4));
    try (FileChannel channel =
        FileChannel.open(
            draft,
            EnumSet.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            OWNER_ONLY)) {
      channel.write(ByteBuffer.wrap((HexFormat.of().formatHex(key) + "\n").getBytes(US_ASCII)));
    }
    try {
      Files.createLink(file, draft);
    } catch (FileAlreadyExistsException e) {
      // Another process was faster: its key counts.
    } catch (UnsupportedOperationException e) {
      Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(draft);
    }
  }
}
