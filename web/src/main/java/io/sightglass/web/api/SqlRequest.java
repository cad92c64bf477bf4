package io.sightglass.web.api;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.TextNode;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.MediaType;
import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.query.AsOf;
import io.sightglass.engine.query.Parameters;
import io.sightglass.engine.query.StatementRequest;
import io.sightglass.engine.views.NamedQuery;
import io.sightglass.engine.views.QueryArguments;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A statement as HTTP brings it: in the address, as text, or as JSON. Immutable.
 *
 * @param seconds the request's own limit of the engine's work; null: the role's
 * @param format as named in the address or the body; null: by {@code Accept}
 * @param asOf which states of the tables are read
 */
record SqlRequest(
    String sql,
    Parameters parameters,
    @Nullable String schema,
    OptionalLong rows,
    @Nullable Duration seconds,
    @Nullable String format,
    AsOf asOf) {

  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .build();

  private static final Set<String> BODY_KEYS =
      new TreeSet<>(Set.of("sql", "parameters", "schema", "asOf", "limits", "format"));
  private static final Set<String> LIMIT_KEYS = new TreeSet<>(Set.of("rows", "seconds"));
  private static final Set<String> ADDRESS_KEYS =
      new TreeSet<>(
          Set.of("sql", "schema", "asOf", "format", "limit", "rows", "seconds", "p.<name>"));

  /** No parameter of a query may be called {@code as_of}, so that it can mean {@code asOf}. */
  private static final Set<String> QUERY_KEYS =
      Set.of("asOf", "as_of", "format", "limit", "rows", "seconds");

  /** The statement of a link: everything in the address. */
  static SqlRequest ofAddress(HttpRequest<?> request) {
    SqlRequest address = address(request);
    if (address.sql().isBlank()) {
      throw invalid("sql: missing; allowed: the text of one statement");
    }
    return address;
  }

  /** The statement of a body; the address may name format, schema, limits and parameters too. */
  static SqlRequest ofBody(HttpRequest<?> request, byte @Nullable [] body) {
    SqlRequest address = address(request);
    if (!address.sql().isEmpty()) {
      throw invalid("sql: in the address of a POST; allowed: in its body");
    }
    String text = utf8(body == null ? new byte[0] : body);
    MediaType type = request.getContentType().orElse(MediaType.TEXT_PLAIN_TYPE);
    SqlRequest given =
        switch (type.getName()) {
          case "application/json" -> ofJson(text);
          // What curl -d says when nobody says anything.
          case "text/plain", "application/sql", "application/x-www-form-urlencoded" ->
              new SqlRequest(
                  text, Parameters.NONE, null, OptionalLong.empty(), null, null, AsOf.newest());
          default ->
              throw invalid(
                  "Content-Type: \"%s\"; allowed: text/plain, application/sql, application/json"
                      .formatted(type.getName()));
        };
    if (given.sql().isBlank()) {
      throw invalid("Body: empty; allowed: the text of one statement");
    }
    return given.or(address);
  }

  private SqlRequest or(SqlRequest address) {
    Map<String, @Nullable Object> values = new LinkedHashMap<>(parameters.values());
    values.putAll(address.parameters.values());
    boolean newest = asOf instanceof AsOf.Newest;
    if (!newest && !(address.asOf instanceof AsOf.Newest)) {
      throw invalid("asOf: in the address and in the body; allowed: in one of them");
    }
    return new SqlRequest(
        sql,
        parameters(values),
        address.schema == null ? schema : address.schema,
        address.rows.isPresent() ? address.rows : rows,
        address.seconds == null ? seconds : address.seconds,
        address.format == null ? format : address.format,
        newest ? address.asOf : asOf);
  }

  // The compiler reads the engine's record from its class file, which does not say that values may
  // be null.
  @SuppressWarnings("NullAway")
  private static Parameters parameters(Map<String, @Nullable Object> values) {
    return new Parameters(values);
  }

  /**
   * A named query with its parameters in the address; whatever no parameter is called means what it
   * means in the address of a statement.
   *
   * @throws EngineException {@code WRONG_PARAMETER}, {@code INVALID_REQUEST}
   */
  static SqlRequest ofQuery(HttpRequest<?> request, NamedQuery query) {
    Set<String> names =
        query.parameters().stream().map(NamedQuery.Parameter::name).collect(Collectors.toSet());
    Map<String, List<String>> texts = new LinkedHashMap<>();
    Map<String, String> known = new LinkedHashMap<>();
    for (Map.Entry<String, List<String>> entry : request.getParameters()) {
      String key = entry.getKey();
      if (names.contains(key) || !QUERY_KEYS.contains(key)) {
        texts.put(key, entry.getValue());
      } else {
        known.put(key, once(entry));
      }
    }
    for (String fixed : List.of("sql", "schema")) {
      if (texts.containsKey(fixed)) {
        throw invalid("%s: fixed by the query; allowed: its parameters".formatted(fixed));
      }
    }
    return new SqlRequest(
        query.sql(),
        Parameters.ofQuery(QueryArguments.bind(query, texts)),
        query.name().schema(),
        rows(known),
        findSeconds(findNumber("seconds", known.get("seconds"))),
        known.get("format"),
        asOf(known));
  }

  private static String once(Map.Entry<String, List<String>> entry) {
    if (entry.getValue().size() != 1) {
      throw invalid(
          "%s: given %d times; allowed: once".formatted(entry.getKey(), entry.getValue().size()));
    }
    return entry.getValue().getFirst();
  }

  /** {@code rows} and {@code limit} are one. */
  private static OptionalLong rows(Map<String, String> known) {
    if (known.containsKey("rows") && known.containsKey("limit")) {
      throw invalid("rows and limit: both given; allowed: one of them");
    }
    String key = known.containsKey("limit") ? "limit" : "rows";
    return findNumber(key, known.get(key));
  }

  private static SqlRequest address(HttpRequest<?> request) {
    Map<String, @Nullable Object> parameters = new LinkedHashMap<>();
    Map<String, String> known = new LinkedHashMap<>();
    for (Map.Entry<String, List<String>> entry : request.getParameters()) {
      String key = entry.getKey();
      String value = once(entry);
      if (key.startsWith("p.") && key.length() > 2) {
        parameters.put(key.substring(2), value);
      } else if (ADDRESS_KEYS.contains(key)) {
        known.put(key, value);
      } else {
        throw invalid("%s: unknown; allowed: %s".formatted(key, String.join(", ", ADDRESS_KEYS)));
      }
    }
    return new SqlRequest(
        known.getOrDefault("sql", ""),
        parameters(parameters),
        known.get("schema"),
        rows(known),
        findSeconds(findNumber("seconds", known.get("seconds"))),
        known.get("format"),
        asOf(known));
  }

  /** An instant, or an object as JSON. */
  private static AsOf asOf(Map<String, String> known) {
    if (known.containsKey("asOf") && known.containsKey("as_of")) {
      throw invalid("asOf and as_of: both given; allowed: one of them");
    }
    String text = known.containsKey("asOf") ? known.get("asOf") : known.get("as_of");
    if (text == null) {
      return AsOf.newest();
    }
    return AsOf.of(text.startsWith("{") ? json("asOf", text) : TextNode.valueOf(text));
  }

  private static JsonNode json(String what, String text) {
    try {
      return JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw invalid(
          "%s: not valid JSON at line %d, column %d"
              .formatted(what, e.getLocation().getLineNr(), e.getLocation().getColumnNr()));
    }
  }

  private static SqlRequest ofJson(String text) {
    JsonNode body = json("Body", text);
    if (!body.isObject()) {
      throw invalid("Body: not a JSON object; allowed: {\"sql\": …}");
    }
    JsonBody.refuseUnknown(body, "", BODY_KEYS);
    JsonNode limits = body.path("limits");
    if (!limits.isMissingNode() && !limits.isNull() && !limits.isObject()) {
      throw invalid("limits: not an object; allowed: {\"rows\": …, \"seconds\": …}");
    }
    JsonBody.refuseUnknown(limits, "limits.", LIMIT_KEYS);
    return new SqlRequest(
        Objects.requireNonNullElse(JsonBody.text(body, "sql"), ""),
        body.hasNonNull("parameters") ? Parameters.of(body.get("parameters")) : Parameters.NONE,
        JsonBody.text(body, "schema"),
        findNumber("limits.rows", limits.get("rows")),
        findSeconds(findNumber("limits.seconds", limits.get("seconds"))),
        JsonBody.text(body, "format"),
        AsOf.of(body.path("asOf")));
  }

  private static OptionalLong findNumber(String key, @Nullable JsonNode value) {
    if (value == null || value.isNull()) {
      return OptionalLong.empty();
    }
    return findNumber(key, value.isIntegralNumber() ? value.asText() : "not a whole number");
  }

  private static OptionalLong findNumber(String key, @Nullable String text) {
    if (text == null) {
      return OptionalLong.empty();
    }
    if (!text.matches("\\d{1,15}") || Long.parseLong(text) == 0) {
      throw invalid("%s: \"%s\"; allowed: a whole number above 0".formatted(key, text));
    }
    return OptionalLong.of(Long.parseLong(text));
  }

  private static @Nullable Duration findSeconds(OptionalLong seconds) {
    return seconds.isPresent()
        ? Duration.ofSeconds(Math.min(seconds.getAsLong(), 1_000_000_000L))
        : null;
  }

  private static String utf8(byte[] body) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString();
    } catch (CharacterCodingException e) {
      throw invalid("Body: not UTF-8; allowed: UTF-8");
    }
  }

  private static EngineException invalid(String detail) {
    return new EngineException(ErrorCode.INVALID_REQUEST, detail);
  }

  /** What the engine is asked. */
  StatementRequest toStatement(Negotiation negotiation) {
    return toStatement(negotiation.format().key());
  }

  /**
   * What the engine is asked.
   *
   * @param encoding what the answer will be, for the record and the tag
   */
  StatementRequest toStatement(String encoding) {
    return new StatementRequest(sql, parameters, schema, rows, seconds, encoding, asOf);
  }
}
