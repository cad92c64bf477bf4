package io.sightglass.engine.table;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.dataset.ColumnType;
import io.sightglass.engine.dataset.ColumnType.Scalar;

/**
 * Iceberg's bucket transform as SQL: 32-bit MurmurHash3 (x86, seed 0), its sign cut off, modulo the
 * number of buckets (Iceberg's specification, appendix B). Arithmetic is in UBIGINT, in which no
 * product of two 32-bit numbers overflows.
 */
final class BucketSql {

  private static final String MASK = "4294967295::UBIGINT";

  private BucketSql() {}

  /** An expression of type VARCHAR with the number of the bucket; NULL for NULL. */
  static String of(String column, ColumnType type, int buckets) {
    return "CAST((%s & 2147483647::UBIGINT) %% %d AS VARCHAR)"
        .formatted(hash(column, type), buckets);
  }

  private static String hash(String column, ColumnType type) {
    if (type instanceof Scalar scalar) {
      return switch (scalar) {
        case INTEGER, BIGINT -> ofLong("CAST(" + column + " AS BIGINT)");
        case DATE -> ofLong("CAST((" + column + " - DATE '1970-01-01') AS BIGINT)");
        case TIMESTAMP, TIMESTAMPTZ ->
            ofLong(
                "CASE WHEN isfinite(%1$s) THEN epoch_us(%1$s) WHEN %1$s > '-infinity' THEN 9223372036854775807 WHEN %1$s IS NOT NULL THEN -9223372036854775807 END"
                    .formatted(column));
        case VARCHAR -> ofBytes("encode(" + column + ")");
        case BOOLEAN, DOUBLE, UUID -> throw refused(type);
      };
    }
    throw refused(type);
  }

  private static EngineException refused(ColumnType type) {
    return new EngineException(
        ErrorCode.INVALID_REQUEST,
        "partition: bucket of a column that is %s; allowed: INTEGER, BIGINT, VARCHAR, DATE, TIMESTAMP, TIMESTAMPTZ"
            .formatted(type.sql()));
  }

  /** A long is hashed as its eight bytes, the lowest first: as two blocks. */
  private static String ofLong(String number) {
    String value = "(" + number + ")";
    String bits =
        "((CAST(%1$s AS HUGEINT) + 18446744073709551616::HUGEINT) %% 18446744073709551616::HUGEINT)::UBIGINT"
            .formatted(value);
    String blocks = "[%1$s & %2$s, (%1$s >> 32) & %2$s]".formatted(bits, MASK);
    return "CASE WHEN %s IS NULL THEN NULL ELSE %s END"
        .formatted(value, finish(mixed("list_prepend(0::UBIGINT, " + blocks + ")"), "8::UBIGINT"));
  }

  /** Whole blocks of four bytes, then the up to three that are left. */
  private static String ofBytes(String bytes) {
    String hex = "hex(" + bytes + ")";
    String length = "octet_length(" + bytes + ")";
    String block =
        "list_transform(range(0, %2$s // 4), lambda b: %3$s)"
            .formatted(hex, length, littleEndian(hex, "b * 8", 4));
    String body = mixed("list_prepend(0::UBIGINT, " + block + ")");
    String tail =
        "CASE %2$s %% 4 WHEN 1 THEN %3$s WHEN 2 THEN %4$s WHEN 3 THEN %5$s ELSE 0::UBIGINT END"
            .formatted(
                hex,
                length,
                littleEndian(hex, "(%s // 4) * 8".formatted(length), 1),
                littleEndian(hex, "(%s // 4) * 8".formatted(length), 2),
                littleEndian(hex, "(%s // 4) * 8".formatted(length), 3));
    return finish("xor(%s, %s)".formatted(body, scrambled(tail)), length + "::UBIGINT");
  }

  /** {@code count} bytes from hex digit {@code at} (from 0) on, the first being the lowest. */
  private static String littleEndian(String hex, String at, int count) {
    StringBuilder sum = new StringBuilder();
    for (int index = 0; index < count; index++) {
      sum.append(index == 0 ? "(" : " + ")
          .append(
              "(CAST('0x' || substr(%s, %s + %d, 2) AS UBIGINT) << %d)"
                  .formatted(hex, at, index * 2 + 1, index * 8));
    }
    return sum.append(")").toString();
  }

  /** The state after all blocks of a list whose first element is the seed. */
  private static String mixed(String blocks) {
    String mix = "xor(h, " + scrambled("k") + ")";
    return "list_reduce(%s, lambda h, k: (%s * 5 + 3864292196::UBIGINT) & %s)"
        .formatted(blocks, rotated(mix, 13), MASK);
  }

  private static String scrambled(String block) {
    String first = "((%s * 3432918353::UBIGINT) & %s)".formatted(block, MASK);
    return "((%s * 461845907::UBIGINT) & %s)".formatted(rotated(first, 15), MASK);
  }

  private static String rotated(String value, int bits) {
    return "(((%1$s << %2$d) & %4$s) | (%1$s >> %3$d))".formatted(value, bits, 32 - bits, MASK);
  }

  private static String finish(String hash, String length) {
    return avalanche("xor(%s, %s)".formatted(hash, length));
  }

  /** Three rounds of "shift, xor, multiply", the last without a factor. */
  private static String avalanche(String hash) {
    return "list_reduce([%1$s, 0::UBIGINT, 1::UBIGINT, 2::UBIGINT], lambda h, s: CASE s WHEN 0 THEN (xor(h, h >> 16) * 2246822507::UBIGINT) & %2$s WHEN 1 THEN (xor(h, h >> 13) * 3266489909::UBIGINT) & %2$s ELSE xor(h, h >> 16) END)"
        .formatted(hash, MASK);
  }
}
