package io.sightglass.engine.result;

import io.sightglass.engine.duckdb.ArrowCursor;
import io.sightglass.engine.query.OpenStatement;
import org.apache.arrow.vector.VectorSchemaRoot;

/** One JSON object per line. */
public final class NdjsonEncoder implements ResultEncoder {

  @Override
  public ResultFormat format() {
    return ResultFormat.NDJSON;
  }

  @Override
  public ResultStream open(OpenStatement statement) {
    ArrowCursor cursor = statement.start(PlainTypes.TEXT, TextStream.BATCH_ROWS);
    JsonRow json = new JsonRow(statement.answer().columns(), true);
    return new TextStream(statement, cursor, new Lines(json));
  }

  private record Lines(JsonRow json) implements TextStream.Rows {
    @Override
    public void writeHead(TextBuffer out) {
      // A line stands for itself.
    }

    @Override
    public void bind(VectorSchemaRoot batch) {
      json.bind(batch);
    }

    @Override
    public void writeRow(int row, TextBuffer out) {
      json.write(row, out);
      out.put('\n');
    }
  }
}
