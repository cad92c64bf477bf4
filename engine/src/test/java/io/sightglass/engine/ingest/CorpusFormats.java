package io.sightglass.engine.ingest;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Properties;
import org.apache.avro.Schema;
import org.apache.avro.file.CodecFactory;
import org.apache.avro.file.DataFileWriter;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.io.DecoderFactory;

/** Writes the binary files of the corpus by other writers than our own. Stateless. */
final class CorpusFormats {

  private static final byte[] SYNC = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

  private CorpusFormats() {}

  /** A schema in JSON, a line {@code --}, one record a line in Avro's JSON; each is a block. */
  static byte[] avro(String text, String codec) {
    String[] parts = text.split("--\n", 2);
    Schema schema = new Schema.Parser().parse(parts[0]);
    var bytes = new ByteArrayOutputStream();
    try (DataFileWriter<Object> writer = new DataFileWriter<>(new GenericDatumWriter<>(schema))) {
      writer.setCodec(CodecFactory.fromString(codec.isEmpty() ? "null" : codec));
      writer.create(schema, bytes, SYNC);
      for (String line : parts[1].lines().toList()) {
        writer.append(
            new GenericDatumReader<Object>(schema)
                .read(null, DecoderFactory.get().jsonDecoder(schema, line)));
        writer.sync();
      }
    } catch (IOException failure) {
      throw new IllegalStateException(failure);
    }
    return bytes.toByteArray();
  }

  /** The rows of a query of DuckDB. */
  static byte[] parquet(String query, String options) {
    try {
      Path file = Files.createTempFile("corpus", ".parquet");
      try (var connection = DriverManager.getConnection("jdbc:duckdb:", new Properties());
          Statement statement = connection.createStatement()) {
        statement.execute("SET TimeZone = 'UTC'");
        statement.execute(
            "COPY (%s) TO '%s' (FORMAT parquet%s)"
                .formatted(query, file, options.isEmpty() ? "" : ", " + options));
        return Files.readAllBytes(file);
      } finally {
        Files.delete(file);
      }
    } catch (SQLException | IOException failure) {
      throw new IllegalStateException(failure);
    }
  }
}
