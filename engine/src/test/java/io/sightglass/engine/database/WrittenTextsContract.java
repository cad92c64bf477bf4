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
  void blanksAroundAValueNeedNotBeWritten() {
    note("Ada called", "name = ' Ada '");
    new WrittenTexts(database).erase(List.of(" Ada  "));
    assertThat(notes()).containsExactly("[erased] called", "name = ' [erased] '");
  }

  @Test
  void aLongerValueGoesBeforeOneThatItHolds() {
    note("Ada Lovelace of Ada");
    new WrittenTexts(database).erase(List.of("Ada", "Ada Lovelace"));
    assertThat(notes()).containsExactly("[erased] of [erased]");
  }

  @Test
  void aValueMayBeLongAndManyMayBe() {
    String letter = "Dear Ada, " + "x".repeat(60_000);
    note("of " + letter, "Dear Ada");
    new WrittenTexts(database).erase(List.of(letter));
    assertThat(notes()).containsExactly("of [erased]", "Dear Ada");
  }

  /** It is no text that a word may be taken from. */
  @Test
  void anAnswerThatRepeatsOneGoesAsAWhole() {
    database.inTransaction(transaction -> {
      for (String answer : List.of("{\"size\": 4711}", "{\"size\": 47110}")) {
        transaction.update(
            "INSERT INTO request (id, body, answered_at, status, answer) VALUES (?, 'b', 0, 200, ?)",
            answer,
            answer);
      }
      return null;
    });
    assertThat(new WrittenTexts(database).erase(List.of("4711"))).isEqualTo(1);
    List<String> left =
        database.read(transaction ->
            transaction.list("SELECT answer FROM request", row -> row.text("answer")));
    assertThat(left).containsExactly("{\"size\": 47110}");
  }

  @Test
  void ofManyValuesEachGoes() {
    note("person250", "person1000");
    new WrittenTexts(database)
        .erase(IntStream.range(0, 300).mapToObj("person%d"::formatted).toList());
    assertThat(notes()).containsExactly("[erased]", "person1000");
  }
}
