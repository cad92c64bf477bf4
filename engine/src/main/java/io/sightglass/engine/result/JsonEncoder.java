package io.sightglass.engine.result;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.duckdb.ArrowCursor;
import io.sightglass.engine.query.OpenStatement;
import io.sightglass.engine.query.StatementAnswer;
import java.nio.ByteBuffer;

/**
 * One JSON document, with what a person wants to know beside the rows; at most {@value #MOST_ROWS}
 * of them.
 */
public final class JsonEncoder implements ResultEncoder {

  private static final int MOST_ROWS = 10_000;
  private static final ObjectMapper JSON = new ObjectMapper();

  @Override
  public ResultFormat format() {
    return ResultFormat.JSON;
  }

  @Override
  public ResultStream open(OpenStatement statement) {
    AnswerMeter meter = new AnswerMeter(statement.limits(), MOST_ROWS);
    TextBuffer out = new TextBuffer(4 * 1024);
    try (ArrowCursor cursor = statement.start(PlainTypes.TEXT, TextStream.BATCH_ROWS)) {
      StatementAnswer answer = statement.answer();
      out.putAscii("{\"statementId\":");
      StringWriters.writeJson(answer.id(), out);
      out.putAscii(",\"columns\":");
      out.putText(text(columns(answer)));
      out.putAscii(",\"rows\":[");
      writeRows(cursor, new JsonRow(answer.columns(), false), meter, statement.limits(), out);
      out.putAscii("],\"rowCount\":");
      out.putLong(meter.rows());
      out.putAscii(",\"truncated\":" + meter.isTruncated());
      out.putAscii(",\"tables\":");
      out.putText(text(tables(answer)));
      out.putAscii(",\"policy\":");
      out.putText(text(policy(answer)));
      out.put('}');
    }
    return new WholeStream(statement, meter, ByteBuffer.wrap(out.bytes(), 0, out.size()));
  }

  private static void writeRows(
      ArrowCursor cursor,
      JsonRow json,
      AnswerMeter meter,
      OpenStatement.AnswerLimits limits,
      TextBuffer out) {
    boolean first = true;
    while (!meter.isTruncated() && cursor.advance()) {
      int rows = meter.admit(cursor.batch().getRowCount());
      json.bind(cursor.batch());
      for (int row = 0; row < rows; row++) {
        if (!first) {
          out.put(',');
        }
        first = false;
        json.write(row, out);
        if (out.size() > limits.bytes()) {
          throw new EngineException(
              ErrorCode.BYTE_LIMIT,
              "The answer has more bytes than the limit of your role; allowed: %d"
                  .formatted(limits.bytes()));
        }
      }
    }
  }

  private static ArrayNode columns(StatementAnswer answer) {
    ArrayNode columns = JSON.createArrayNode();
    answer
        .columns()
        .forEach(
            column -> columns.addObject().put("name", column.name()).put("type", column.type()));
    return columns;
  }

  static ArrayNode tables(StatementAnswer answer) {
    ArrayNode tables = JSON.createArrayNode();
    for (StatementAnswer.TableAsRead table : answer.tables()) {
      ObjectNode node = tables.addObject();
      node.put("name", table.name().toString());
      node.put("snapshotId", table.snapshotId());
      node.put("dataAsOf", table.dataAsOf() == null ? null : table.dataAsOf().toString());
      ArrayNode missing = node.putArray("missingDates");
      table.missingDates().forEach(date -> missing.add(date.toString()));
    }
    return tables;
  }

  static ObjectNode policy(StatementAnswer answer) {
    ObjectNode policy = JSON.createObjectNode();
    policy.put("hash", answer.policy().hash());
    policy.put("role", answer.policy().role());
    ArrayNode masks = policy.putArray("masks");
    answer.policy().masks().forEach(masks::add);
    ArrayNode filters = policy.putArray("filters");
    answer
        .policy()
        .filters()
        .forEach(filter ->
            filters
                .addObject()
                .put("view", filter.view().toString())
                .put("text", filter.text())
                .put("rule", filter.rule()));
    return policy;
  }

  private static String text(JsonNode node) {
    try {
      return JSON.writeValueAsString(node);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }
}
