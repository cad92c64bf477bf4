package io.sightglass.engine.query;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.database.Row;
import io.sightglass.engine.query.StatementAnswer.FilterAsApplied;
import io.sightglass.engine.query.StatementAnswer.PolicyAsApplied;
import io.sightglass.engine.query.StatementAnswer.TableAsRead;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The parts of a record that are kept as JSON, and back. */
final class StatementJson {

  private static final ObjectMapper JSON = new ObjectMapper();

  private StatementJson() {}

  static String names(List<QualifiedName> names) {
    ArrayNode array = JSON.createArrayNode();
    names.forEach(name -> array.add(name.toString()));
    return text(array);
  }

  static String tables(List<TableAsRead> tables) {
    ArrayNode array = JSON.createArrayNode();
    for (TableAsRead table : tables) {
      ObjectNode node = array.addObject();
      node.put("name", table.name().toString());
      node.put("snapshotId", table.snapshotId());
      node.put("dataAsOf", table.dataAsOf() == null ? null : table.dataAsOf().toString());
      ArrayNode missing = node.putArray("missingDates");
      table.missingDates().forEach(date -> missing.add(date.toString()));
    }
    return text(array);
  }

  static String policy(PolicyAsApplied policy) {
    ObjectNode node = JSON.createObjectNode();
    node.put("hash", policy.hash());
    node.put("role", policy.role());
    ArrayNode masks = node.putArray("masks");
    policy.masks().forEach(masks::add);
    ArrayNode filters = node.putArray("filters");
    policy
        .filters()
        .forEach(filter ->
            filters
                .addObject()
                .put("view", filter.view().toString())
                .put("text", filter.text())
                .put("rule", filter.rule()));
    return text(node);
  }

  static StatementRecord record(Row row) {
    StatementState state = row.constant(StatementState.class, "state");
    String errorCode = row.textOrNull("error_code");
    String policy = row.textOrNull("policy");
    return new StatementRecord(
        row.text("id"),
        row.text("user_name"),
        row.text("text"),
        row.text("hash"),
        row.text("format"),
        state,
        row.text("decision"),
        row.text("reason"),
        readNames(read(row.text("views"))),
        readTables(read(row.text("tables"))),
        policy == null ? null : readPolicy(read(policy)),
        row.flag("identified"),
        state == StatementState.SUCCEEDED ? 1 : 0,
        row.numberOrNull("row_count"),
        row.numberOrNull("bytes"),
        row.textOrNull("digest"),
        row.instant("submitted_at"),
        row.instantOrNull("started_at"),
        row.instantOrNull("ended_at"),
        errorCode == null ? null : ErrorCode.valueOf(errorCode),
        row.textOrNull("error_detail"));
  }

  private static List<QualifiedName> readNames(JsonNode array) {
    List<QualifiedName> names = new ArrayList<>();
    array.forEach(name -> names.add(QualifiedName.parse(name.asText())));
    return names;
  }

  private static List<TableAsRead> readTables(JsonNode array) {
    List<TableAsRead> tables = new ArrayList<>();
    for (JsonNode node : array) {
      List<LocalDate> missing = new ArrayList<>();
      node.path("missingDates").forEach(date -> missing.add(LocalDate.parse(date.asText())));
      tables.add(
          new TableAsRead(
              QualifiedName.parse(node.path("name").asText()),
              node.path("snapshotId").isNull() ? null : node.path("snapshotId").asLong(),
              readInstant(node.path("dataAsOf")),
              missing));
    }
    return tables;
  }

  private static @Nullable Instant readInstant(JsonNode node) {
    return node.isNull() ? null : Instant.parse(node.asText());
  }

  private static PolicyAsApplied readPolicy(JsonNode node) {
    List<String> masks = new ArrayList<>();
    node.path("masks").forEach(mask -> masks.add(mask.asText()));
    List<FilterAsApplied> filters = new ArrayList<>();
    node.path("filters")
        .forEach(filter ->
            filters.add(
                new FilterAsApplied(
                    QualifiedName.parse(filter.path("view").asText()),
                    filter.path("text").asText(),
                    filter.path("rule").asText())));
    return new PolicyAsApplied(
        node.path("hash").asText(), node.path("role").asText(), masks, filters);
  }

  private static String text(JsonNode node) {
    try {
      return JSON.writeValueAsString(node);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  private static JsonNode read(String text) {
    try {
      return JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("A statement's record holds broken JSON", e);
    }
  }
}
