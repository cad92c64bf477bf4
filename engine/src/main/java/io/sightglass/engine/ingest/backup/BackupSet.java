package io.sightglass.engine.ingest.backup;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.storage.Digests;
import io.sightglass.engine.table.Side;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What one backup holds; its object is written last, so that a set without it is none. Immutable.
 *
 * <p>Whatever a restore reads is held against a digest: the set's own in its object, those of its
 * lists, of the ledger and of the secret in the set, those of all other objects in its lists.
 *
 * @param id grows with time
 * @param roots by side: where the stores were, the newest first
 * @param tables of all catalogs
 * @param objects by side: how many files the set's lists name
 * @param rejects how many objects with rejected lines
 * @param digests SHA-256 by key: of the lists, the ledger's rows and the secret of pseudonyms
 */
record BackupSet(
    @JsonProperty("id") String id,
    @JsonProperty("roots") Map<Side, List<String>> roots,
    @JsonProperty("tables") List<SetTable> tables,
    @JsonProperty("objects") Map<Side, Integer> objects,
    @JsonProperty("rejects") int rejects,
    @JsonProperty("digests") Map<String, String> digests) {

  /**
   * Of format 1 no set says which rejected lines are its own, of format 2 none what is to be in its
   * objects.
   */
  static final int FORMAT = 3;

  static final String MISSING = "is missing";

  /** Of an object with another digest. */
  static final String DIFFERENT = "is not what the backup has written";

  /** Before the sets' names. */
  static final String SETS = "sets/";

  private static final String LAST = "/set.json";
  private static final DateTimeFormatter BEGUN =
      DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss.SSS'Z'").withZone(ZoneOffset.UTC);
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
    digests = Map.copyOf(digests);
  }

  /** That of a set which begins then. */
  static String id(Instant begun) {
    return BEGUN.format(begun) + "-" + UUID.randomUUID().toString().substring(0, 8);
  }

  /** When a set began, by its id. */
  static Instant begunAt(String id) {
    return BEGUN.parse(id.substring(0, id.lastIndexOf('-')), Instant::from);
  }

  /** The set of a {@link #key}. */
  static String idOf(String key) {
    return key.substring(SETS.length(), key.length() - LAST.length());
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

  /** The set's object: its format and its digest beside it. */
  byte[] bytes() {
    JsonNode set = JSON.valueToTree(this);
    return JSON.createObjectNode()
        .put("format", FORMAT)
        .put("sha256", digest(set))
        .set("set", set)
        .toString()
        .getBytes(StandardCharsets.UTF_8);
  }

  /**
   * As {@link #bytes} has written it.
   *
   * @param key of its object
   * @throws EngineException {@code INVALID_REQUEST} when it is damaged or of another format
   */
  static BackupSet of(String key, byte[] bytes) {
    try {
      JsonNode object = JSON.readTree(new String(bytes, StandardCharsets.UTF_8));
      int format = object.path("format").asInt();
      if (format > 0 && format != FORMAT) {
        throw new EngineException(
            ErrorCode.INVALID_REQUEST,
            "The backup has format %d; this version of the service knows %d; allowed: the version that made it"
                .formatted(format, FORMAT));
      }
      JsonNode set = object.path("set");
      if (!digest(set).equals(object.path("sha256").asText())) {
        throw damaged(key, DIFFERENT);
      }
      return JSON.treeToValue(set, BackupSet.class);
    } catch (JsonProcessingException e) {
      throw damaged(key, DIFFERENT, e);
    }
  }

  private static String digest(JsonNode set) {
    return Digests.sha256(set.toString().getBytes(StandardCharsets.UTF_8));
  }

  /** The failure of whoever needs an object of a backup that is not as it was written. */
  static EngineException damaged(String key, String what) {
    return damaged(key, what, null);
  }

  private static EngineException damaged(String key, String what, @Nullable Exception cause) {
    return new EngineException(
        ErrorCode.INVALID_REQUEST,
        "The backup is damaged: its object \"%s\" %s; allowed: a backup whose objects are all as they were written"
            .formatted(key, what),
        cause);
  }
}
