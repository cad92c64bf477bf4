package io.sightglass.engine.query;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.duckdb.DuckDbSession;
import io.sightglass.engine.duckdb.Quoted;
import io.sightglass.engine.query.OpenStatement.AnswerLimits;
import io.sightglass.engine.query.OpenStatement.ParquetFile;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Writes a statement's answer into a Parquet file in its engine's own folder. */
final class ParquetCopy {

  /** As many digits as the largest count has. */
  private static final int COUNT_DIGITS = 19;

  private final DuckDbSession session;
  private final String id;
  private final StatementAnswer answer;
  private final AnswerLimits limits;

  ParquetCopy(DuckDbSession session, String id, StatementAnswer answer, AnswerLimits limits) {
    this.session = session;
    this.id = id;
    this.answer = answer;
    this.limits = limits;
  }

  /**
   * Runs the query into the file.
   *
   * @throws EngineException {@code ROW_LIMIT}, or why the query failed; the file is gone then
   */
  ParquetFile run(String sql, List<@Nullable Object> values, String rowCountKey, String queryHash) {
    Path path = session.instance().newResultFile(id + ".parquet");
    try {
      return write(path, sql, values, rowCountKey, queryHash);
    } catch (IOException e) {
      delete(path);
      throw new EngineException(ErrorCode.INTERNAL, "The Parquet file could not be completed", e);
    } catch (RuntimeException e) {
      delete(path);
      throw e;
    }
  }

  private ParquetFile write(
      Path path, String sql, List<@Nullable Object> values, String rowCountKey, String queryHash)
      throws IOException {
    long orderly = limits.requestedRows().orElse(Long.MAX_VALUE);
    boolean cuts = orderly <= limits.rows();
    // One row more than the role may have tells that there are too many.
    long most = cuts ? orderly : Math.addExact(Math.min(limits.rows(), Long.MAX_VALUE - 1), 1);
    Map<String, String> metadata = metadata(queryHash);
    String placeholder = "9".repeat(COUNT_DIGITS);
    metadata.put(rowCountKey, placeholder);
    long rows =
        session.execute(
            "COPY (SELECT * FROM (%s\n) LIMIT %d) TO %s (FORMAT parquet, COMPRESSION zstd, KV_METADATA {%s})"
                .formatted(sql, most, Quoted.text(path.toString()), entries(metadata)),
            values);
    if (!cuts && rows > limits.rows()) {
      throw new EngineException(
          ErrorCode.ROW_LIMIT,
          "The answer has more rows than the limit of your role; allowed: %d"
              .formatted(limits.rows()));
    }
    String count = "%019d".formatted(rows);
    replaceInFooter(path, placeholder, count);
    metadata.put(rowCountKey, count);
    boolean truncated = cuts && rows == orderly && hasRowAfter(sql, values, orderly);
    return new ParquetFile(path, rows, truncated, metadata);
  }

  private boolean hasRowAfter(String sql, List<@Nullable Object> values, long rows) {
    return !session
        .query(
            "SELECT 1 FROM (%s\n) LIMIT 1 OFFSET %d".formatted(sql, rows),
            values,
            row -> row.getInt(1))
        .isEmpty();
  }

  private Map<String, String> metadata(String queryHash) {
    Map<String, String> metadata = new LinkedHashMap<>();
    metadata.put("sightglass.statement", id);
    metadata.put("sightglass.query_hash", queryHash);
    metadata.put(
        "sightglass.snapshots",
        answer.tables().stream()
            .map(table -> table.name() + "=" + table.snapshotId())
            .collect(Collectors.joining(",")));
    metadata.put("sightglass.policy_hash", answer.policy().hash());
    metadata.put("sightglass.masks", String.join(",", answer.masked()));
    return metadata;
  }

  private static String entries(Map<String, String> metadata) {
    return metadata.entrySet().stream()
        .map(entry -> Quoted.text(entry.getKey()) + ": " + Quoted.text(entry.getValue()))
        .collect(Collectors.joining(", "));
  }

  /**
   * The engine must be told the metadata before it counts, so the count's place is filled in
   * afterwards with a text of equal length. The footer ends with its length and PAR1.
   */
  private static void replaceInFooter(Path path, String placeholder, String text)
      throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      file.seek(file.length() - 8);
      int length = Integer.reverseBytes(file.readInt());
      long start = file.length() - 8 - length;
      byte[] footer = new byte[length];
      file.seek(start);
      file.readFully(footer);
      int at = new String(footer, StandardCharsets.ISO_8859_1).lastIndexOf(placeholder);
      if (at < 0) {
        throw new IOException("The footer does not hold its row count");
      }
      file.seek(start + at);
      file.write(text.getBytes(StandardCharsets.ISO_8859_1));
    }
  }

  private static void delete(Path path) {
    try {
      Files.deleteIfExists(path);
    } catch (IOException e) {
      throw new EngineException(ErrorCode.INTERNAL, "A temporary file could not be deleted", e);
    }
  }
}
