package io.sightglass.engine.ingest.check;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.duckdb.DuckDbSession;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Set;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The keys of pseudonyms: one per domain, derived from one secret. Immutable, thread-safe.
 *
 * <p>Whoever loses the secret file cannot join new rows to old ones any more: it belongs into the
 * backup of the vault, and nowhere else.
 */
public final class PseudonymKeys {

  private static final int SECRET_BYTES = 32;

  private final byte[] secret;

  PseudonymKeys(byte[] secret) {
    this.secret = secret.clone();
  }

  /** Reads the secret, or makes it, readable by the owner alone, when {@code file} is absent. */
  public static PseudonymKeys open(Path file) {
    try {
      if (!Files.exists(file)) {
        create(file);
      }
      byte[] secret = HexFormat.of().parseHex(Files.readString(file).strip());
      if (secret.length != SECRET_BYTES) {
        throw new IllegalArgumentException("length");
      }
      return new PseudonymKeys(secret);
    } catch (IOException | IllegalArgumentException failure) {
      throw new EngineException(
          ErrorCode.INTERNAL,
          "The secret of the pseudonyms cannot be read; expected: 64 hex digits",
          failure);
    }
  }

  private static void create(Path file) throws IOException {
    Files.createDirectories(file.toAbsolutePath().getParent());
    byte[] secret = new byte[SECRET_BYTES];
    new SecureRandom().nextBytes(secret);
    FileAttribute<Set<PosixFilePermission>> ownerOnly =
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
    // Written aside and linked, so that two processes agree on one secret and none is half there.
    Path aside = Files.createTempFile(file.toAbsolutePath().getParent(), "secret", "", ownerOnly);
    try {
      Files.writeString(
          aside, HexFormat.of().formatHex(secret) + "\n", StandardOpenOption.TRUNCATE_EXISTING);
      Files.createLink(file, aside);
    } catch (FileAlreadyExistsException another) {
      // Another process was first: its secret counts.
      return;
    } finally {
      Files.deleteIfExists(aside);
    }
  }

  /** Gives the session the key that {@link #pseudonym} reads; it ends with it. */
  void define(DuckDbSession session, String domain) {
    session.setVariable(variable(domain), HexFormat.of().formatHex(key(domain)));
  }

  /** HMAC-SHA256 of a text under the domain's key, its first 32 hex digits, in SQL. */
  static String pseudonym(String domain, String text) {
    return "left(hmac_sha256(getvariable('%s'), %s), 32)".formatted(variable(domain), text);
  }

  private static String variable(String domain) {
    return "pseudonym_key_" + domain;
  }

  /** The domain's key, of 32 bytes. */
  byte[] key(String domain) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(secret, "HmacSHA256"));
      return mac.doFinal(("sightglass pseudonym " + domain).getBytes(StandardCharsets.UTF_8));
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
