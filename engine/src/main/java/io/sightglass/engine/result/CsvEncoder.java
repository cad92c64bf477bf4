package io.sightglass.engine.result;

import io.sightglass.engine.duckdb.ArrowCursor;
import io.sightglass.engine.query.OpenStatement;
import io.sightglass.engine.sql.Binder.OutputColumn;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.arrow.vector.VectorSchemaRoot;

/**
 * CSV as in RFC 4180, with a header line and {@code \n}: NULL is empty and the empty text quoted,
 * nested values are JSON.
 */
public final class CsvEncoder implements ResultEncoder {

  @Override
  public ResultFormat format() {
    return ResultFormat.CSV;
  }

  @Override
  public ResultStream open(OpenStatement statement) {
    ArrowCursor cursor = statement.start(PlainTypes.TEXT, TextStream.BATCH_ROWS);
    return new TextStream(statement, cursor, new CsvRows(statement.answer().columns()));
  }

  private static final class CsvRows implements TextStream.Rows {

    private final List<OutputColumn> columns;
    private final ValueWriter[] writers;

    CsvRows(List<OutputColumn> columns) {
      this.columns = columns;
      this.writers =
          columns.stream()
              .map(column -> ValueWriters.of(ValueType.of(column.type())))
              .toArray(ValueWriter[]::new);
    }

    @Override
    public void writeHead(TextBuffer out) {
      for (int index = 0; index < columns.size(); index++) {
        if (index > 0) {
          out.put(',');
        }
        int from = out.size();
        out.put(columns.get(index).name().getBytes(StandardCharsets.UTF_8));
        if (StringWriters.csvNeedsQuotes(out.bytes(), from, out.size() - from)) {
          StringWriters.quoteCsv(out, from);
        }
      }
      out.put('\n');
    }

    @Override
    public void bind(VectorSchemaRoot batch) {
      for (int index = 0; index < writers.length; index++) {
        writers[index].bind(batch.getVector(index));
      }
    }

    @Override
    public void writeRow(int row, TextBuffer out) {
      for (int index = 0; index < writers.length; index++) {
        if (index > 0) {
          out.put(',');
        }
        ValueWriter writer = writers[index];
        if (!writer.isNull(row)) {
          writer.writeCsv(row, out);
        }
      }
      out.put('\n');
    }
  }
}
