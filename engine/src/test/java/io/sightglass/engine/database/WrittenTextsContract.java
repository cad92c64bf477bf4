package io.sightglass.engine.database;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Values that go from what people wrote, in each database. */
abstract class WrittenTextsContract {

  @TempDir Path folder;

  @SuppressWarnings("NullAway.Init")
  MetadataDatabase database;

  /** A database with nothing in it. */
  abstract DatabaseSettings emptyDatabase();

  @BeforeEach
  void open() {
    database = MetadataDatabase.open(emptyDatabase());
  }

  @AfterEach
  void close() {
    database.close();
  }

  void note(String... texts) {
    database.inTransaction(transaction -> {
      for (int number = 0; number < texts.length; number++) {
        transaction.update(
            "INSERT INTO load_notes (load_id, number, noted_at, noted_by, note)"
                + " VALUES ('a', ?, 0, 'ada', ?)",
            number,
            texts[number]);
      }
      return null;
    });
  }

  private List<String> notes() {
    return database.read(transaction ->
        transaction.list("SELECT note FROM load_notes ORDER BY number", row -> row.text("note")));
  }

  @Test
  void aValueGoesWhereItIsAWordOfItsOwn() {
    note(
        "WHERE ssn = '123-45-6789' AND id <> 4711",
        "id=4711,34711,x4711,47110",
        "name IN ('O''Brien', 'Brien')",
        "100% of a_b!",
        "nothing");
    int touched =
        new WrittenTexts(database)
            .erase(List.of("123-45-6789", "4711", "O'Brien", "100%", "a_b!", "no", "axb"));
    assertThat(touched).isEqualTo(4);
    assertThat(notes())
        .containsExactly(
            "WHERE ssn = '[erased]' AND id <> [erased]",
            "id=[erased],34711,x4711,47110",
            "name IN ('[erased]', 'Brien')",
            "[erased] of [erased]",
            "nothing");
    assertThat(new WrittenTexts(database).erase(List.of("4711"))).isZero();
    assertThat(new WrittenTexts(database).erase(List.of())).isZero();
  }

  @Test
  void aLongerValueGoesBeforeOneThatItHolds() {
    note("Ada Lovelace of Ada");
    new WrittenTexts(database).erase(List.of("Ada", "Ada Lovelace"));
    assertThat(notes()).containsExactly("[erased] of [erased]");
  }

  @Test
  void manyValuesAreLookedForInTurn() {
    note("person250", "person1000");
    new WrittenTexts(database)
        .erase(IntStream.range(0, 300).mapToObj("person%d"::formatted).toList());
    assertThat(notes()).containsExactly("[erased]", "person1000");
  }
}
