package io.sightglass.engine.ingest;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.stream.Stream;
import org.apache.avro.file.DataFileReader;
import org.apache.avro.generic.GenericDatumReader;

/** Looks for a text in the bytes of files, where nobody should find it. Stateless. */
final class StoredText {

  private StoredText() {}

  /**
   * Every file below a folder, if there is one, whose bytes hold the text, Parquet and Avro
   * unpacked.
   */
  static List<Path> filesWith(String text, Path folder) {
    List<Path> found = new ArrayList<>();
    if (!Files.exists(folder)) {
      return found;
    }
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        String bytes = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
        String name = file.toString();
        if (bytes.contains(text)
            || (name.endsWith(".parquet") && parquetText(file).contains(text))
            || (name.endsWith(".avro") && avroText(file).contains(text))) {
          found.add(file);
        }
      }
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
    return found;
  }

  private static String avroText(Path file) throws IOException {
    StringBuilder records = new StringBuilder();
    try (var reader = new DataFileReader<Object>(file.toFile(), new GenericDatumReader<>())) {
      reader.forEach(records::append);
    }
    return records.toString();
  }

  private static String parquetText(Path file) {
    try (var connection = DriverManager.getConnection("jdbc:duckdb:", new Properties());
        Statement statement = connection.createStatement();
        ResultSet result =
            statement.executeQuery(
                "SELECT string_agg(CAST(t AS VARCHAR)) FROM read_parquet('%s') t"
                    .formatted(file))) {
      result.next();
      return String.valueOf(result.getString(1));
    } catch (SQLException failure) {
      throw new AssertionError(failure);
    }
  }
}
