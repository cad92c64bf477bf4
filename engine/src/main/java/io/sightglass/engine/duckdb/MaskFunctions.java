package io.sightglass.engine.duckdb;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import org.duckdb.DuckDBColumnType;
import org.duckdb.DuckDBConnection;
import org.duckdb.DuckDBDataChunkReader;
import org.duckdb.DuckDBFunctions;
import org.duckdb.DuckDBReadableVector;
import org.duckdb.DuckDBScalarFunction;
import org.duckdb.DuckDBWritableVector;

/**
 * Functions that the instances of loads have besides the engine's own: what SQL can say of these
 * masks takes it several times as long, and every row of a load has them. Stateless, thread-safe.
 *
 * <p>NULL gives NULL.
 */
final class MaskFunctions {

  private static final HexFormat HEX = HexFormat.of();

  /** Of SHA-256, as HMAC (RFC 2104) pads its key. */
  private static final int BLOCK_BYTES = 64;

  private static final int SHOWN = 4;

  private MaskFunctions() {}

  /**
   * Makes them known to the instance of a connection.
   *
   * <ul>
   *   <li>{@code hmac_sha256(key, text)}: HMAC-SHA256 in 64 hex digits; the key is hex, of at most
   *       64 bytes
   *   <li>{@code last4_ascii(text)}: letters and digits but the last four become {@code *}; of
   *       texts in ASCII
   * </ul>
   */
  static void register(DuckDBConnection connection) throws SQLException {
    register(connection, "hmac_sha256", 2, MaskFunctions::hmac);
    register(connection, "last4_ascii", 1, MaskFunctions::last4);
  }

  private static void register(
      DuckDBConnection connection, String name, int parameters, DuckDBScalarFunction function)
      throws SQLException {
    try (var builder = DuckDBFunctions.scalarFunction()) {
      builder.withName(name).withReturnType(DuckDBColumnType.VARCHAR);
      for (int parameter = 0; parameter < parameters; parameter++) {
        builder.withParameter(DuckDBColumnType.VARCHAR);
      }
      builder.withVectorizedFunction(function).register(connection);
    }
  }

  /** The two states of SHA-256 that every HMAC under one key begins with. */
  private record KeyedHash(MessageDigest inner, MessageDigest outer) {

    private static KeyedHash of(String key) {
      byte[] bytes = HEX.parseHex(key);
      return new KeyedHash(padded(bytes, 0x36), padded(bytes, 0x5c));
    }

    private static MessageDigest padded(byte[] key, int pad) {
      if (key.length > BLOCK_BYTES) {
        throw new IllegalArgumentException(
            "Key of %d bytes; allowed: %d".formatted(key.length, BLOCK_BYTES));
      }
      try {
        MessageDigest digest = MessageDigest.getInstance("SHA-256");
        for (int index = 0; index < BLOCK_BYTES; index++) {
          digest.update((byte) ((index < key.length ? key[index] : 0) ^ pad));
        }
        return digest;
      } catch (GeneralSecurityException impossible) {
        throw new IllegalStateException(impossible);
      }
    }

    private byte[] hex(String text) throws CloneNotSupportedException {
      byte[] hash = ((MessageDigest) inner.clone()).digest(text.getBytes(UTF_8));
      return HEX.formatHex(((MessageDigest) outer.clone()).digest(hash)).getBytes(UTF_8);
    }
  }

  private static void hmac(DuckDBDataChunkReader rows, DuckDBWritableVector out)
      throws CloneNotSupportedException {
    DuckDBReadableVector keys = rows.vector(0);
    DuckDBReadableVector texts = rows.vector(1);
    Map<String, KeyedHash> hashes = new HashMap<>();
    byte[][] results = new byte[Math.toIntExact(rows.rowCount())][];
    for (int row = 0; row < results.length; row++) {
      if (!keys.isNull(row) && !texts.isNull(row)) {
        KeyedHash hash = hashes.computeIfAbsent(keys.getString(row), KeyedHash::of);
        results[row] = hash.hex(texts.getString(row));
      }
    }
    out.setStringUtf8Batch(0, results);
  }

  private static void last4(DuckDBDataChunkReader rows, DuckDBWritableVector out) {
    DuckDBReadableVector texts = rows.vector(0);
    byte[][] results = new byte[Math.toIntExact(rows.rowCount())][];
    for (int row = 0; row < results.length; row++) {
      if (!texts.isNull(row)) {
        results[row] = hideAllButLast4(texts.getString(row).getBytes(UTF_8));
      }
    }
    out.setStringUtf8Batch(0, results);
  }

  private static byte[] hideAllButLast4(byte[] text) {
    int letters = 0;
    for (byte value : text) {
      letters += isLetterOrDigit(value) ? 1 : 0;
    }
    int toShow = letters > SHOWN ? SHOWN : 0;
    for (int index = text.length - 1; index >= 0; index--) {
      if (isLetterOrDigit(text[index])) {
        if (toShow > 0) {
          toShow--;
        } else {
          text[index] = '*';
        }
      }
    }
    return text;
  }

  private static boolean isLetterOrDigit(byte value) {
    return (value >= '0' && value <= '9')
        || (value >= 'a' && value <= 'z')
        || (value >= 'A' && value <= 'Z');
  }
}
