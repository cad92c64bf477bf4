package io.sightglass.engine.database;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class SqliteWrittenTextsTest extends WrittenTextsContract {

  @Override
  DatabaseSettings emptyDatabase() {
    return DatabaseSettings.sqlite(folder.resolve("metadata.db"));
  }

  @Test
  void noFileKeepsWhatWasOverwritten() throws IOException {
    note("of CNRYada, who " + "called ".repeat(2_000), "CNRYada");
    assertThat(filesWith("CNRYada")).isNotEmpty();
    assertThat(new WrittenTexts(database).erase(List.of("CNRYada"))).isEqualTo(2);
    // Whoever reads an older state still needs the log.
    boolean isEmptied =
        database.read(reading -> {
          reading.list("SELECT note FROM load_notes", row -> row.text("note"));
          database.inTransaction(writing -> writing.update("UPDATE load_notes SET noted_by = 'b'"));
          return database.emptyLog();
        });
    assertThat(isEmptied).isFalse();
    assertThat(database.emptyLog()).isTrue();
    assertThat(filesWith("CNRYada")).isEmpty();
  }

  private List<Path> filesWith(String text) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> holds(file, text)).toList();
    }
  }

  private static boolean holds(Path file, String text) {
    try {
      return Files.readString(file, StandardCharsets.ISO_8859_1).contains(text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
