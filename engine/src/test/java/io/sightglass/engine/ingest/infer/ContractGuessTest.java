package io.sightglass.engine.ingest.infer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.dataset.Column;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.dataset.LoadMode;
import io.sightglass.engine.dataset.Mask;
import io.sightglass.engine.dataset.Sensitivity;
import io.sightglass.engine.dataset.Source.Format;
import io.sightglass.engine.views.Mistake;
import io.sightglass.engine.views.files.ContractReader;
import io.sightglass.engine.views.files.Mistakes;
import io.sightglass.engine.views.files.PackFile;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Guesses are contracts: once a person has taken over what they propose, they hold. */
class ContractGuessTest {

  private static final QualifiedName NAME = new QualifiedName("desk", "calls");
  private static final Pattern COLUMN =
      Pattern.compile("sensitivity: \"\\?\"(.*?)\\} # sensitivity: ([^(]+?) \\(");

  @TempDir private Path folder;

  private String guess(Path file) throws IOException {
    return ContractGuess.of(file, NAME, Files.createTempDirectory(folder, "guess"));
  }

  /** The contract once every proposal is taken over. */
  private Dataset taken(String guess) {
    Mistakes mistakes = new Mistakes();
    String stated = COLUMN.matcher(guess).replaceAll("sensitivity: $2$1} # (");
    Dataset dataset =
        Objects.requireNonNull(
                new ContractReader(mistakes).read(new PackFile("desk/calls.yaml", stated), NAME))
            .dataset();
    assertThat(mistakes.mistakes()).as(stated).isEmpty();
    return dataset;
  }

  private Path write(String name, String text, Charset charset) throws IOException {
    return Files.write(folder.resolve(name), text.getBytes(charset));
  }

  private static Column column(Dataset dataset, String name) {
    return dataset.findColumn(name).orElseThrow();
  }

  @Test
  void readsADumpThatWasWrittenElsewhere() throws IOException {
    StringBuilder text =
        new StringBuilder(
            "Call ID;Surname;callerPhone;born;cost;resolved;started at;PLZ;empty;note\r\n");
    for (int row = 1; row <= 200; row++) {
      text.append(
          "%d;M\u00fcller;(555) 010-%04d;%02d.%02d.1980;\"1.%03d,50\";%s;%s;0%04d;;%s\r\n"
              .formatted(
                  row,
                  row,
                  row % 28 + 1,
                  row % 12 + 1,
                  row,
                  row % 2 == 0 ? "ja" : "nein",
                  row % 3 == 0
                      ? "2026-01-05T10:%02d:00+0100".formatted(row % 60)
                      : "01/05/2026 09:%02d:00 +0100".formatted(row % 60),
                  row,
                  row % 5 == 0 ? "NULL" : "a b c d e f g h i j k l m n o p q r s t; \"\"x\"\""));
    }
    text = new StringBuilder(text.toString().replace("t; \"\"x\"\"", "t"));
    String guess =
        guess(write("calls_2026-01-05.csv", text.toString(), Charset.forName("windows-1252")));

    assertThat(guess)
        .contains("path: \"desk/calls_%Y-%m-%d.csv\"", "encoding: windows-1252", "key: [call_id]")
        .doesNotContain("ller;", "010-0001");
    Dataset dataset = taken(guess);
    assertThat(dataset.load()).isEqualTo(LoadMode.REPLACE_DATE);
    assertThat(dataset.sources().getFirst().csv().delimiter()).isEqualTo(';');
    assertThat(dataset.sources().getFirst().csv().nullText()).contains("", "NULL");
    assertThat(dataset.columns())
        .extracting(column -> column.name() + " " + column.type().sql())
        .containsExactly(
            "call_id INTEGER",
            "surname VARCHAR",
            "caller_phone VARCHAR",
            "born DATE",
            "cost DECIMAL(12, 2)",
            "resolved BOOLEAN",
            "started_at TIMESTAMPTZ",
            "plz VARCHAR",
            "empty VARCHAR",
            "note VARCHAR");
    assertThat(column(dataset, "call_id").from()).containsExactly("Call ID");
    assertThat(column(dataset, "surname").mask()).isEqualTo(Mask.REDACT);
    assertThat(column(dataset, "caller_phone").mask()).isEqualTo(Mask.LAST4);
    assertThat(column(dataset, "born").text().formats()).containsExactly("%d.%m.%Y");
    assertThat(column(dataset, "born").mask()).isEqualTo(Mask.YEAR);
    assertThat(column(dataset, "cost").text().decimal()).isEqualTo(',');
    assertThat(column(dataset, "cost").text().thousands()).isEqualTo('.');
    assertThat(column(dataset, "resolved").text().trueText()).containsExactly("ja");
    assertThat(column(dataset, "started_at").text().formats()).contains("%Y-%m-%dT%H:%M:%S%z");
    assertThat(column(dataset, "plz").sensitivity()).isEqualTo(Sensitivity.QUASI);
    assertThat(column(dataset, "note").mask()).isEqualTo(Mask.SCRUB);
    assertThat(guess).contains("has no value in this file");
  }

  @Test
  void saysWhenTwoFormatsFit() throws IOException {
    String guess =
        guess(write("a.csv", "day,n\n01/02/2026,1\n03/04/2026,2\n", StandardCharsets.UTF_8));
    assertThat(guess).contains("%m/%d/%Y", "%d/%m/%Y fits as well");
  }

  @Test
  void takesTheDelimiterOfTheHeaderWhateverTheFreeTextHolds() throws IOException {
    StringBuilder text = new StringBuilder("id,text,day\n");
    for (int row = 0; row < 300; row++) {
      text.append(
          switch (row % 3) {
            case 0 -> "%d,a|b|c|d,2026-01-05\n".formatted(row);
            case 1 -> "%d,\"one, two; three\",2026-01-05\n".formatted(row);
            default ->
                row == 2 ? "2,x,y,z,2026-01-05\n" : "%d,5\" pipe,2026-01-05\n".formatted(row);
          });
    }
    Dataset dataset = taken(guess(write("a.csv", text.toString(), StandardCharsets.UTF_8)));
    assertThat(dataset.sources().getFirst().csv().delimiter()).isEqualTo(',');
    assertThat(dataset.columns())
        .extracting(column -> column.name() + " " + column.type().sql())
        .startsWith("id INTEGER", "text VARCHAR", "day DATE");
  }

  @Test
  void aQuoteOfAnotherKindIsDoubledInsideItselfToo() throws IOException {
    String text = "id|note\n1|'a|b'\n2|'it''s'\n3|'x'\n";
    Dataset dataset = taken(guess(write("a.csv", text, StandardCharsets.UTF_8)));
    assertThat(dataset.sources().getFirst().csv().quote()).isEqualTo('\'');
    assertThat(dataset.sources().getFirst().csv().escape()).isEqualTo('\'');
  }

  @Test
  void whereNoDelimiterIsSeenItIsAComma() throws IOException {
    Dataset dataset = taken(guess(write("a.csv", "name\nAnna\nBob\n", StandardCharsets.UTF_8)));
    assertThat(dataset.sources().getFirst().csv().delimiter()).isEqualTo(',');
  }

  @Test
  void readsCompressedNdjsonWithNestedValues() throws IOException {
    Path file = folder.resolve("events.ndjson.gz");
    try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
      for (int row = 0; row < 50; row++) {
        out.write(
            """
            {"EventId":"0b2d1c5e-0000-4000-8000-0000000000%02d","at":"2026-01-05T10:00:00Z","n":%d,"ok":true,"mail":"a%d@example.org","tags":["a","b"],"who":{"zip":"12345","n":1}}
            """
                .formatted(row, row, row)
                .getBytes(StandardCharsets.UTF_8));
      }
    }
    Dataset dataset = taken(guess(file));
    assertThat(dataset.sources().getFirst().format()).isEqualTo(Format.NDJSON);
    assertThat(dataset.load()).isEqualTo(LoadMode.APPEND);
    assertThat(dataset.columns())
        .extracting(column -> column.name() + " " + column.type().sql())
        .containsExactly(
            "event_id UUID",
            "at TIMESTAMPTZ",
            "n INTEGER",
            "ok BOOLEAN",
            "mail VARCHAR",
            "tags VARCHAR[]",
            "who STRUCT(\"zip\" VARCHAR, \"n\" BIGINT)");
    assertThat(column(dataset, "mail").mask()).isEqualTo(Mask.REDACT);
  }

  @Test
  void leavesEverySensitivityToAPerson() throws IOException {
    String guess = guess(write("a.csv", "id,name\n1,x\n", StandardCharsets.UTF_8));
    Mistakes mistakes = new Mistakes();
    new ContractReader(mistakes).read(new PackFile("desk/calls.yaml", guess), NAME);
    assertThat(mistakes.mistakes())
        .extracting(Mistake::toString)
        .hasSize(2)
        .allMatch(mistake -> mistake.contains("sensitivity \"?\"; allowed: none, quasi"));
  }

  @Test
  void saysWhatCannotBeRead() throws IOException {
    for (Path file :
        List.of(
            folder.resolve("absent.csv"),
            write("a.xlsx", "x", StandardCharsets.UTF_8),
            write("b.parquet", "x", StandardCharsets.UTF_8),
            write("c.ndjson", "no json", StandardCharsets.UTF_8),
            write("d.csv.gz", "no archive", StandardCharsets.UTF_8))) {
      assertThatThrownBy(() -> guess(file))
          .as(file.toString())
          .isInstanceOf(EngineException.class)
          .hasMessageNotContaining(folder.toString());
    }
  }
}
