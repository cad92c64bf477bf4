package io.sightglass.engine.ingest.staging;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.Zstd;
import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.dataset.Column;
import io.sightglass.engine.dataset.ColumnType;
import io.sightglass.engine.dataset.ColumnType.Scalar;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.dataset.Expectations;
import io.sightglass.engine.dataset.LoadMode;
import io.sightglass.engine.dataset.Retention;
import io.sightglass.engine.dataset.Sensitivity;
import io.sightglass.engine.dataset.Source;
import io.sightglass.engine.dataset.TextFormat;
import io.sightglass.engine.ingest.TestingDataset;
import io.sightglass.engine.ingest.formats.SourceColumns;
import io.sightglass.engine.ingest.unpack.BrokenFileException;
import io.sightglass.engine.ingest.unpack.FileFault;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StagerTest {

  @TempDir Path folder;

  private Source.CsvDialect dialect = Source.CsvDialect.DEFAULT;
  private Source.Format format = Source.Format.CSV;

  @Test
  void recordsKeepTheirLineAndPosition() throws IOException {
    stage("id,name,note\n1,a,x\n2,b,y\n");
    assertThat(records()).containsExactly("2,13,1,a,x", "3,19,2,b,y");
    assertThat(rejects()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"\n", "\r\n", "\r"})
  void everyLineEndIsUnderstood(String lineEnd) throws IOException {
    stage(String.join(lineEnd, "id,name,note", "1,a,x", "", "2,\"b" + lineEnd + "c\",y", "3,d,z"));
    assertThat(records())
        .containsExactly(
            "2,%d,1,a,x".formatted(12 + lineEnd.length()),
            "4,%d,2,\"b%sc\",y".formatted(17 + 3 * lineEnd.length(), lineEnd),
            "6,%d,3,d,z".formatted(25 + 5 * lineEnd.length()));
  }

  @Test
  void aCellMayHoldQuotesDelimitersAndLines() throws IOException {
    stage("id,name,note\n1,\"a \"\"b\"\", c\",\"x\ny\"\n2,plain \"quotes\",z\n");
    assertThat(records())
        .containsExactly(
            "2,13,1,\"a \"\"b\"\", c\",\"x\ny\"", "4,34,\"2\",\"plain \"\"quotes\"\"\",\"z\"");
  }

  @Test
  void raggedRowsAreRejectedAlone() throws IOException {
    stage("id,name,note\n1,a\n2,b,y,z\n3,c,x\n");
    assertThat(records()).containsExactly("4,25,3,c,x");
    assertThat(rejects())
        .containsExactly(
            "2,13,\"Has 2 columns; the file has 3\",\"1,a\"",
            "3,17,\"Has 4 columns; the file has 3\",\"2,b,y,z\"");
  }

  @Test
  void aRaggedRecordOverSeveralLinesIsOneReject() throws IOException {
    stage("id,name,note\n1,\"a\nb\",x,stray\n3,c,x\n");
    assertThat(rejects()).hasSize(1).first().asString().startsWith("2,13,");
    assertThat(records()).containsExactly("4,29,3,c,x");
  }

  @Test
  void anUnclosedQuoteDoesNotSwallowTheGoodRowsBehindIt() throws IOException {
    stage("id,name,note\n1,\"a,x\n2,\"b\",y\n3,c,\"z\"\n");
    assertThat(rejects()).containsExactly("2,13,\"The quotes do not match\",\"1,\"\"a,x\"");
    assertThat(records()).containsExactly("3,20,2,\"b\",y", "4,28,3,c,\"z\"");
  }

  @Test
  void theHeaderRepeatedInTheMiddleIsRejected() throws IOException {
    stage("id,name,note\n1,a,x\nid,name,note\n\uFEFFid,name,note\n2,b,y\n");
    assertThat(records()).containsExactly("2,13,1,a,x", "5,48,2,b,y");
    assertThat(rejects()).hasSize(2).allMatch(line -> line.contains("Repeats the header"));
  }

  @Test
  void aNulCharacterCostsItsRowAlone() throws IOException {
    stage("id,name,note\n1,a\0b,x\n2,b,y\n");
    assertThat(records()).containsExactly("3,21,2,b,y");
    assertThat(rejects()).hasSize(1);
  }

  @Test
  void columnsAreFoundByNameWhateverTheirOrder() {
    SourceColumns columns = stage("extra,note,ID\nx,y,1\n").columns();
    assertThat(columns.cells()).containsExactly(List.of(2), List.of(), List.of(1));
    assertThat(columns.unknown()).containsExactly("extra");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "id,name,note\n1,a,x\n2,b",
        "id,name,note\n1,a,x\n2,b\n\n",
        "id,name,note\n1,a,x\n2,\"b",
        "id,name,note\n1,a,x\n2"
      })
  void aCutOffLastLineQuarantines(String text) {
    assertFault(FileFault.CUT_OFF, text.getBytes(UTF_8), "f.csv");
  }

  @Test
  void aFileCutOffInsideACharacterIsCutOff() {
    byte[] whole = "id,name,note\n1,a,x\n2,é".getBytes(UTF_8);
    assertFault(FileFault.CUT_OFF, Arrays.copyOf(whole, whole.length - 1), "f.csv");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "\n\n",
        "1,a,x\n2,b,y\n",
        "id,name,note\n1,\"a,x\n2,b,y\n",
        "id,id,name\n1,2,3\n",
        "\"id\"x,name,note\n1,2,3\n"
      })
  void aMalformedFileQuarantines(String text) {
    assertFault(FileFault.MALFORMED, text.getBytes(UTF_8), "f.csv");
  }

  @Test
  void aMissingRequiredColumnQuarantines() {
    assertFault(FileFault.MISSING_COLUMN, "name,note\na,x\n".getBytes(UTF_8), "f.csv");
  }

  @Test
  void anotherEncodingThanDeclaredQuarantines() {
    String text = "id,name,note\n1,é,x\n";
    assertFault(FileFault.MALFORMED, text.getBytes(StandardCharsets.ISO_8859_1), "f.csv");
    assertFault(FileFault.MALFORMED, text.getBytes(StandardCharsets.UTF_16), "f.csv");
    dialect = encoded("utf-16");
    assertFault(FileFault.MALFORMED, "id,name,note\n1,é,x\n2".getBytes(UTF_8), "f.csv");
  }

  @ParameterizedTest
  @ValueSource(strings = {"utf-8", "utf-16le", "utf-16be", "windows-1252"})
  void positionsAreThoseOfTheSource(String encoding) throws IOException {
    dialect = encoded(encoding);
    String text = "id,name,note\n1,éä,x\n2,b,y\n";
    byte[] bytes = text.getBytes(Charset.forName(encoding));
    stage(bytes, "f.csv");
    int position = "id,name,note\n1,éä,x\n".getBytes(Charset.forName(encoding)).length;
    assertThat(records().get(1)).isEqualTo("3,%d,2,b,y".formatted(position));
    assertThat(records().getFirst()).endsWith("1,éä,x");
  }

  /** Blank lines are nothing; a row of empty cells is one, also where a tab stands between them. */
  @ParameterizedTest
  @ValueSource(chars = {'\t', ' ', ',', ';'})
  void aRowOfEmptyCellsIsARow(char delimiter) throws IOException {
    dialect = new Source.CsvDialect(delimiter, '"', '"', "utf-8", true, List.of(""));
    stage("id,name,note\n1,a,x\n,,\n\n2,b,y\n".replace(',', delimiter));
    assertThat(Files.readAllLines(folder.resolve("records.csv")))
        .containsExactly(
            "2,13,1,a,x".replace(',', delimiter),
            "3,19,,,".replace(',', delimiter),
            "5,23,2,b,y".replace(',', delimiter));
  }

  @Test
  void aByteOrderMarkIsNotPartOfTheFirstName() throws IOException {
    assertThat(stage("\uFEFFid,name,note\n1,a,x\n").columns().cells())
        .containsExactly(List.of(0), List.of(1), List.of(2));
    assertThat(records()).containsExactly("2,16,1,a,x");
  }

  @Test
  void archivesAreUnpackedByTheirName() throws IOException {
    byte[] text = "id,name,note\n1,a,x\n".getBytes(UTF_8);
    StagedSource gzip = stage(gzip(text), "f.csv.gz");
    assertThat(records()).containsExactly("2,13,1,a,x");
    StagedSource zstd = stage(Zstd.compress(text), "f.csv.zst");
    assertThat(records()).containsExactly("2,13,1,a,x");
    StagedSource plain = stage(text, "f.csv");
    assertThat(gzip.contentSha256()).isEqualTo(zstd.contentSha256()).isEqualTo(plain.sha256());
    assertThat(gzip.sha256()).isNotEqualTo(plain.sha256());
  }

  @Test
  void anArchiveOfSeveralMembersIsReadToItsEnd() throws IOException {
    ByteArrayOutputStream both = new ByteArrayOutputStream();
    both.write(gzip("id,name,note\n1,a,x\n".getBytes(UTF_8)));
    both.write(gzip("2,b,y\n".getBytes(UTF_8)));
    stage(both.toByteArray(), "f.csv.gz");
    assertThat(records()).hasSize(2);
  }

  @Test
  void aTruncatedArchiveQuarantines() throws IOException {
    byte[] text = bigText(20_000);
    byte[] gzip = gzip(text);
    byte[] zstd = Zstd.compress(text);
    for (int quarter = 0; quarter < 4; quarter++) {
      assertFault(FileFault.CUT_OFF, Arrays.copyOf(gzip, gzip.length * quarter / 4), "f.csv.gz");
      if (quarter > 0) {
        assertFault(FileFault.CUT_OFF, Arrays.copyOf(zstd, zstd.length * quarter / 4), "f.csv.zst");
      }
    }
    assertFault(FileFault.MALFORMED, text, "f.csv.gz");
    assertFault(FileFault.MALFORMED, text, "f.csv.zst");
  }

  @Test
  void anArchiveThatUnpacksWithoutEndQuarantines() throws IOException {
    ByteArrayOutputStream bomb = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(bomb)) {
      out.write("id,name,note\n".getBytes(UTF_8));
      byte[] rows = "1,a,x\n".repeat(100_000).getBytes(UTF_8);
      for (int index = 0; index < 450; index++) {
        out.write(rows);
      }
    }
    assertFault(FileFault.MALFORMED, bomb.toByteArray(), "f.csv.gz");
  }

  @Test
  void aRecordWithoutEndQuarantines() {
    byte[] text = ("id,name,note\n1,\"" + "x\n".repeat(10 << 20)).getBytes(UTF_8);
    assertFault(FileFault.MALFORMED, text, "f.csv");
  }

  @Test
  void bufferBordersCutNothing() throws IOException {
    Random random = new Random(20251);
    StringBuilder text = new StringBuilder("id,name,note\n");
    int rows = 60_000;
    for (int row = 0; row < rows; row++) {
      String note = "n".repeat(random.nextInt(40));
      text.append(row)
          .append(",\"a \"\"")
          .append(note)
          .append(random.nextBoolean() ? "\r\n" : "é")
          .append("\",")
          .append(note)
          .append(random.nextBoolean() ? "\r\n" : "\n");
    }
    StagedSource staged = stage(text.toString());
    assertThat(staged.recordCount()).isEqualTo(rows);
    assertThat(staged.rejectCount()).isZero();
    long lines = text.chars().filter(value -> value == '\n').count();
    String last = Files.readString(staged.records());
    String lastRecord = last.substring(last.lastIndexOf("\n" + lines + ","));
    assertThat(lastRecord).contains("," + (rows - 1) + ",");
  }

  @Test
  void ndjsonGivesCellsInTheContractsOrder() throws IOException {
    format = Source.Format.NDJSON;
    StagedSource staged =
        stage(
            """
            {"note":"x","id":12.50,"other":1}

            {"ID":7,"name":null,"note":"a \\"b\\"\\nc"}
            {"id":1,"name":{"k":[1,2]},"note":""}
            not json
            [1]
            {"id":2} x
            {"id":3}
            """);
    assertThat(staged.columns().unknown()).containsExactly("other");
    assertThat(records())
        .containsExactly(
            "1,0,\"12.50\",,\"x\"",
            "3,35,\"7\",,\"a \"\"b\"\"\nc\"",
            "4,76,\"1\",\"{\"\"k\"\":[1,2]}\",",
            "8,138,\"3\",,");
    assertThat(staged.rejectCount()).isEqualTo(3);
  }

  @Test
  void ndjsonFillsEveryColumnThatComesFromAName() throws IOException {
    format = Source.Format.NDJSON;
    Dataset twice =
        new TestingDataset("t.twice")
            .from("at", Scalar.VARCHAR, false, "created", "at")
            .from("day", Scalar.VARCHAR, false, "created")
            .build();
    byte[] text =
        "{\"at\":1,\"created\":\"x\"}\n{\"at\":2}\n{\"created\":3,\"created\":4}\n".getBytes(UTF_8);
    StagedSource staged =
        Stager.stage(
            new ByteArrayInputStream(text), "f", twice, new Source("x", format, dialect), folder);
    assertThat(records()).containsExactly("1,0,\"x\",\"x\"", "2,23,\"2\",");
    assertThat(staged.rejectCount()).isEqualTo(1);
    assertThat(rejects()).singleElement().asString().contains("Names \"\"created\"\" twice");
  }

  @Test
  void ndjsonCutOffOrOfAnotherKindQuarantines() {
    format = Source.Format.NDJSON;
    assertFault(FileFault.CUT_OFF, "{\"id\":1}\n{\"id\":".getBytes(UTF_8), "f.ndjson");
    assertFault(FileFault.MALFORMED, "id,name\n1,a\n".getBytes(UTF_8), "f.ndjson");
    assertFault(FileFault.MALFORMED, "[{\"id\":1},\n{\"id\":2}]\n".getBytes(UTF_8), "f.ndjson");
  }

  private void assertFault(FileFault fault, byte[] bytes, String name) {
    assertThatThrownBy(() -> stage(bytes, name))
        .isInstanceOfSatisfying(
            BrokenFileException.class, broken -> assertThat(broken.fault()).isEqualTo(fault));
  }

  private StagedSource stage(String text) {
    return stage(text.getBytes(UTF_8), "f");
  }

  private StagedSource stage(byte[] bytes, String name) {
    Source source = new Source("x", format, dialect);
    return Stager.stage(new ByteArrayInputStream(bytes), name, DATASET, source, folder);
  }

  /** Records may span lines: a new one begins where line and position stand. */
  private List<String> records() throws IOException {
    return List.of(Files.readString(folder.resolve("records.csv")).split("\n(?=\\d+,\\d+,|$)"))
        .stream()
        .filter(record -> !record.isEmpty())
        .toList();
  }

  private List<String> rejects() throws IOException {
    return List.of(Files.readString(folder.resolve("rejects.csv")).split("\n(?=\\d+,\\d+,|$)"))
        .stream()
        .filter(record -> !record.isEmpty())
        .toList();
  }

  private static byte[] gzip(byte[] bytes) throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
      out.write(bytes);
    }
    return packed.toByteArray();
  }

  private static byte[] bigText(int rows) {
    Random random = new Random(7);
    StringBuilder text = new StringBuilder("id,name,note\n");
    for (int row = 0; row < rows; row++) {
      text.append(row).append(',').append(random.nextLong()).append(",x\n");
    }
    return text.toString().getBytes(UTF_8);
  }

  private static Source.CsvDialect encoded(String encoding) {
    return new Source.CsvDialect(',', '"', '"', encoding, true, List.of(""));
  }

  private static final Dataset DATASET =
      new Dataset(
          new QualifiedName("test", "things"),
          "d",
          "o",
          "g",
          Map.of(),
          List.of(new Source("x", Source.Format.CSV, Source.CsvDialect.DEFAULT)),
          LoadMode.APPEND,
          List.of(),
          null,
          null,
          List.of(),
          new Expectations(null, null, ZoneOffset.UTC, null, null),
          Retention.FOREVER,
          null,
          null,
          null,
          List.of(
              column("id", List.of("id", "ID"), true),
              column("name", List.of("name"), false),
              column("note", List.of("note"), false)));

  private static Column column(String name, List<String> from, boolean required) {
    return new Column(
        name,
        ColumnType.Scalar.VARCHAR,
        Sensitivity.NONE,
        null,
        null,
        from,
        TextFormat.DEFAULT,
        new Column.Constraints(required, null, List.of(), null, null),
        name);
  }
}
