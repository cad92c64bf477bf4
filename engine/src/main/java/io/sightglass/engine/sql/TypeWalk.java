package io.sightglass.engine.sql;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Set;

/** Verifies the types of casts; part of one {@link Walk}. */
final class TypeWalk {

  private static final Set<String> SCALARS =
      Set.of(
          ("boolean bool logical tinyint int1 smallint int2 int16 short integer int int4 int32 signed"
                  + " bigint int8 int64 long hugeint int128 utinyint uint8 usmallint uint16"
                  + " uinteger uint32 ubigint uint64 uhugeint uint128 float float4 real double"
                  + " float8 decimal dec numeric varchar char bpchar text string nvarchar date time"
                  + " timetz timestamp datetime timestamptz timestamp_s timestamp_ms timestamp_us"
                  + " timestamp_ns interval uuid guid blob bytea binary varbinary")
              .split(" ", -1));

  private static final Set<String> LONG_SCALARS =
      Set.of("time with time zone", "timestamp with time zone", "double precision");

  private static final Set<String> NESTED = Set.of("list", "array", "struct", "row", "map");

  /** Elements of fixed-size arrays in one value: they are allocated for whole vectors at once. */
  private static final long MAX_ARRAY = 1_000;

  private final Walk walk;

  TypeWalk(Walk walk) {
    this.walk = walk;
  }

  void type(JsonNode type, JsonNode place) {
    if (arraySize(type, place) > MAX_ARRAY) {
      throw walk.refuse(
          Refusal.of("An array type of more than %,d elements".formatted(MAX_ARRAY))
              .instead("use a list: INTEGER[]"),
          place);
    }
  }

  /** Verifies a type; how many elements its fixed-size arrays hold in all. */
  private long arraySize(JsonNode type, JsonNode place) {
    walk.enter(type);
    if (!"TYPE".equals(type.path("class").asText())) {
      throw walk.refuse(Refusal.of("A computed type"), place);
    }
    walk.checkShape("TYPE", type, place);
    walk.checkShape("qualified name", type.get("qualified_name"), place);
    String written = type.get("type_name").textValue();
    String name = Names.fold(written);
    boolean known = SCALARS.contains(name) || LONG_SCALARS.contains(name) || NESTED.contains(name);
    if (!known
        || type.get("qualified_name").get("path").size() != 1
        || !type.get("qualified_name").get("path").get(0).textValue().equals(written)
        || !type.get("schema").textValue().isEmpty()
        || !type.get("catalog").textValue().isEmpty()) {
      throw walk.refuse(
          Refusal.of("The type " + Names.echo(written))
              .instead(
                  "use BOOLEAN, INTEGER, BIGINT, DOUBLE, DECIMAL(p,s), VARCHAR, DATE, TIME,"
                      + " TIMESTAMP, TIMESTAMPTZ, INTERVAL, UUID, BLOB, or lists, structs and maps"
                      + " of these"),
          place);
    }
    long size = 0;
    for (JsonNode child : type.get("children")) {
      if ("CONSTANT".equals(child.path("class").asText())) {
        walk.checkShape("CONSTANT", child, place);
        walk.checkShape("literal", child.get("literal"), place);
        if ("array".equals(name)) {
          long length = Literals.integer(child).orElse(MAX_ARRAY + 1);
          size *= Math.clamp(length, 1, MAX_ARRAY + 1);
        }
      } else if (NESTED.contains(name)) {
        size += arraySize(child, place);
      } else {
        throw walk.refuse(Refusal.of("The type " + Names.echo(written) + " of a type"), place);
      }
    }
    walk.leave();
    return Math.max(size, 1);
  }
}
