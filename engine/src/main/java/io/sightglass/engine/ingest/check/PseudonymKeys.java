package io.sightglass.engine.ingest.check;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.duckdb.DuckDbSession;
import io.sightglass.engine.storage.ObjectStore;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
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

  /** Where replicas find it in the vault's store; no schema is called so. */
  private static final String SHARED = "_keys/pseudonyms.key";

  private final byte[] secret;

  PseudonymKeys(byte[] secret) {
    this.secret = secret.clone();
  }

  /** Reads the secret, or makes it, readable by the owner alone, when {@code file} is absent. */
  public static PseudonymKeys open(Path file) {
    try {
      if (!Files.exists(file)) {
        create(file, random());
      }
      return new PseudonymKeys(parsed(Files.readString(file)));
    } catch (IOException | IllegalArgumentException failure) {
      throw unreadable(failure);
    }
  }

  /**
   * The secret that all replicas of a deployment share: it lies in the vault too, where the first
   * that starts has put its own. One person would have as many pseudonyms as there are replicas
   * otherwise.
   *
   * @throws EngineException {@code CONFLICT} when {@code file} holds another secret than the vault;
   *     {@code STORE_UNAVAILABLE}
   */
  public static PseudonymKeys shared(ObjectStore vault, Path file) {
    try {
      if (!Files.exists(file)) {
        if (vault.find(SHARED).isEmpty()) {
          new PseudonymKeys(random()).publish(vault);
        }
        create(file, parsed(read(vault)));
      }
      PseudonymKeys own = open(file);
      if (vault.find(SHARED).isEmpty()) {
        own.publish(vault);
      }
      if (!MessageDigest.isEqual(own.secret, parsed(read(vault)))) {
        throw new EngineException(
            ErrorCode.CONFLICT,
            "The secret of the pseudonyms in the data folder is another than the vault's; allowed:"
                + " one for all replicas. Rows that were loaded with the one cannot be joined to"
                + " those of the other, so find out which has been in use before removing one");
      }
      return own;
    } catch (IOException | IllegalArgumentException failure) {
      throw unreadable(failure);
    }
  }

  private void publish(ObjectStore vault) {
    try {
      vault.create(SHARED, text(secret).getBytes(StandardCharsets.US_ASCII));
    } catch (EngineException first) {
      if (first.code() != ErrorCode.CONFLICT) {
        throw first;
      }
      // Another replica's is there now; whether it is the same is looked at next.
    }
  }

  private static String read(ObjectStore vault) throws IOException {
    try (InputStream in = vault.read(SHARED, 0)) {
      return new String(in.readAllBytes(), StandardCharsets.US_ASCII);
    }
  }

  private static String text(byte[] secret) {
    return HexFormat.of().formatHex(secret) + "\n";
  }

  private static byte[] random() {
    byte[] secret = new byte[SECRET_BYTES];
    new SecureRandom().nextBytes(secret);
    return secret;
  }

  private static byte[] parsed(String text) {
    byte[] secret = HexFormat.of().parseHex(text.strip());
    if (secret.length != SECRET_BYTES) {
      throw new IllegalArgumentException("length");
    }
    return secret;
  }

  private static EngineException unreadable(Exception failure) {
    return new EngineException(
        ErrorCode.INTERNAL,
        "The secret of the pseudonyms cannot be read; expected: 64 hex digits",
        failure);
  }

  private static void create(Path file, byte[] secret) throws IOException {
    Files.createDirectories(file.toAbsolutePath().getParent());
    FileAttribute<Set<PosixFilePermission>> ownerOnly =
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
    // Written aside and linked, so that two processes agree on one secret and none is half there.
    Path aside = Files.createTempFile(file.toAbsolutePath().getParent(), "secret", "", ownerOnly);
    try {
      Files.writeString(aside, text(secret), StandardOpenOption.TRUNCATE_EXISTING);
      Files.createLink(file, aside);
    } catch (FileAlreadyExistsException another) {
      // Another process was first: its secret counts.
      return;
    } finally {
      Files.deleteIfExists(aside);
    }
  }

  /** Gives the session the key that {@link #pseudonym} reads; it ends with it. */
  public void define(DuckDbSession session, String domain) {
    session.setVariable(variable(domain), HexFormat.of().formatHex(key(domain)));
  }

  /** HMAC-SHA256 of a text under the domain's key, its first 32 hex digits, in SQL. */
  public static String pseudonym(String domain, String text) {
    return "left(hmac_sha256(getvariable('%s'), %s), 32)".formatted(variable(domain), text);
  }

  /** HMAC-SHA256 of a text under the domain's key, in hex. */
  public String digest(String domain, String text) {
    return HexFormat.of().formatHex(hmac(key(domain), text));
  }

  private static String variable(String domain) {
    return "pseudonym_key_" + domain;
  }

  /** The domain's key, of 32 bytes. */
  byte[] key(String domain) {
    return hmac(secret, "sightglass pseudonym " + domain);
  }

  private static byte[] hmac(byte[] key, String text) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      return mac.doFinal(text.getBytes(StandardCharsets.UTF_8));
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
