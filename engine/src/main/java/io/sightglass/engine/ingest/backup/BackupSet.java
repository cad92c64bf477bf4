package io.sightglass.engine.ingest.backup;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.table.Side;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/**
 * What one backup holds; its object is written last, so that a set without it is none. Immutable.
 *
 * @param format of this record, by {@link #FORMAT}
 * @param id grows with time
 * @param roots by side: where the stores were, the newest first
 * @param tables of all catalogs
 * @param objects by side: how many files the set's lists name
 * @param rejects how many objects with rejected lines
 */
record BackupSet(
    @JsonProperty("format") int format,
    @JsonProperty("id") String id,
    @JsonProperty("roots") Map<Side, List<String>> roots,
    @JsonProperty("tables") List<SetTable> tables,
    @JsonProperty("objects") Map<Side, Integer> objects,
    @JsonProperty("rejects") int rejects) {

  /** Of format 1 no set says which rejected lines are its own. */
  static final int FORMAT = 2;

  /** Before the sets' names. */
  static final String SETS = "sets/";

  private static final String LAST = "/set.json";
  private static final ObjectMapper JSON = new ObjectMapper();

  /** One table, by its catalog and the key of its metadata. */
  record SetTable(
      @JsonProperty("side") Side side,
      @JsonProperty("catalog") String catalog,
      @JsonProperty("schema") String schema,
      @JsonProperty("name") String name,
      @JsonProperty("metadata") String metadata) {}

  BackupSet {
    roots = Map.copyOf(roots);
    tables = List.copyOf(tables);
    objects = Map.copyOf(objects);
  }

  static String key(String id) {
    return SETS + id + LAST;
  }

  static boolean isKey(String key) {
    return key.startsWith(SETS) && key.endsWith(LAST);
  }

  static String databaseKey(String id) {
    return SETS + id + "/metadata.ndjson";
  }

  /** The list of a side's keys, one a line. */
  static String listKey(String id, Side side) {
    return SETS + id + "/" + side.name().toLowerCase(java.util.Locale.ROOT) + ".txt";
  }

  /** The list of the set's rejected lines, one {@link RejectCopy} a line; on the vault's side. */
  static String rejectsKey(String id) {
    return SETS + id + "/rejects.txt";
  }

  byte[] bytes() {
    try {
      return JSON.writeValueAsString(this).getBytes(StandardCharsets.UTF_8);
    } catch (JsonProcessingException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  static BackupSet of(byte[] bytes) {
    try {
      BackupSet set = JSON.readValue(new String(bytes, StandardCharsets.UTF_8), BackupSet.class);
      if (set.format() == FORMAT) {
        return set;
      }
      throw new EngineException(
          ErrorCode.INVALID_REQUEST,
          "The backup has format %d; this version of the service knows %d"
              .formatted(set.format(), FORMAT));
    } catch (JsonProcessingException e) {
      throw new EngineException(ErrorCode.INVALID_REQUEST, "The backup's set cannot be read", e);
    }
  }
}
