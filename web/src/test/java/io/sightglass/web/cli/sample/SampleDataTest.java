package io.sightglass.web.cli.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TimeZone;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SampleDataTest {

  private static final int COLUMNS = 28;
  private static final List<String> DIRECT =
      List.of(
          "veteran_participant_id",
          "ssn",
          "file_number",
          "first_name",
          "last_name",
          "birth_date",
          "email",
          "phone",
          "primary_contention_text");

  @TempDir Path folder;

  @Test
  void theSameSeedGivesTheSameBytesInAnyLocaleAndZone() throws IOException {
    Locale locale = Locale.getDefault();
    TimeZone zone = TimeZone.getDefault();
    generate("one", 3_000, 30, 0.01);
    try {
      Locale.setDefault(Locale.forLanguageTag("ar-EG-u-nu-arab"));
      TimeZone.setDefault(TimeZone.getTimeZone("Asia/Kathmandu"));
      generate("two", 3_000, 30, 0.01);
    } finally {
      Locale.setDefault(locale);
      TimeZone.setDefault(zone);
    }
    assertThat(contents("one")).isEqualTo(contents("two")).hasSize(31);
  }

  @Test
  void anotherSeedGivesOtherRows() throws IOException {
    generate("one", 300, 3, 0);
    SampleData.generate(options("two", 300, 3, 0).withSeed(7), progress -> {});
    assertThat(contents("one").keySet()).isEqualTo(contents("two").keySet());
    assertThat(contents("one")).isNotEqualTo(contents("two"));
  }

  @Test
  void cleanDataHasOneWellFormedLineAClaim() throws IOException {
    Manifest manifest = generate("clean", 5_000, 7, 0);
    assertThat(manifest.total()).isEqualTo(new Manifest.Counts(5_000, 5_000, 0, 0, 0));
    Set<String> ids = new HashSet<>();
    for (Path file : files("clean").toList()) {
      List<List<String>> lines = CsvLines.read(text(file));
      assertThat(lines.getFirst()).isEqualTo(ClaimLine.COLUMNS);
      for (List<String> line : lines.subList(1, lines.size())) {
        assertThat(line).hasSize(COLUMNS);
        ids.add(line.getFirst());
      }
    }
    assertThat(ids).hasSize(5_000);
  }

  @Test
  void everyDirectCellHoldsACanaryAndNoOtherCellDoes() throws IOException {
    generate("dirty", 20_000, 3, 0.01);
    for (Path file : files("dirty").toList()) {
      for (List<String> line : CsvLines.read(text(file))) {
        if (line.size() != COLUMNS || line.getFirst().equals("claim_id")) {
          continue;
        }
        for (int i = 0; i < COLUMNS; i++) {
          boolean direct = DIRECT.contains(ClaimLine.COLUMNS.get(i));
          assertThat(Canary.IN_TEXT.matcher(line.get(i)).find())
              .as("%s of %s", ClaimLine.COLUMNS.get(i), line)
              .isEqualTo(direct);
        }
      }
    }
  }

  @Test
  void countsOfTheManifestAreThoseOfTheFiles() throws IOException {
    Manifest manifest = generate("dirty", 30_000, 30, 0.02);
    for (Manifest.Entry entry : manifest.files()) {
      if (entry.code() != null) {
        continue;
      }
      List<List<String>> lines = CsvLines.read(text(folder.resolve("dirty").resolve(entry.name())));
      List<List<String>> rows = lines.subList(1, lines.size());
      Manifest.Counts counts = entry.counts();
      assertThat(counts.read()).as(entry.name()).isEqualTo(rows.size());
      assertThat(counts.written() + counts.rejected() + counts.duplicate() + counts.filtered())
          .isEqualTo(counts.read());
      assertThat(counts.rejected())
          .isEqualTo(entry.rejectedBy().values().stream().mapToInt(Integer::intValue).sum());
      assertThat(entry.rejectedBy().getOrDefault("*", 0))
          .isEqualTo((int) rows.stream().filter(row -> row.size() != COLUMNS).count());
      int form = ClaimLine.COLUMNS.indexOf("form_version");
      assertThat(counts.filtered())
          .isEqualTo(
              rows.stream()
                  .filter(row -> row.size() == COLUMNS && row.get(form).equals("draft"))
                  .count());
    }
    assertThat(manifest.total().rejected()).isBetween(560L, 600L);
    assertThat(manifest.total().duplicate()).isPositive();
    assertThat(manifest.total().filtered()).isPositive();
  }

  @Test
  void theShareOfBrokenLinesIsNeverAboveWhatWasAskedFor() {
    for (Manifest.Entry entry : generate("dirty", 2_000, 30, 0.02).files()) {
      assertThat(entry.counts().rejected()).isLessThanOrEqualTo(entry.counts().read() / 50);
    }
  }

  @Test
  void thirtyDirtyDaysShowEveryKindOfDirt() throws IOException {
    generate("dirty", 30_000, 30, 0.01);
    List<String> texts = files("dirty").map(SampleDataTest::text).toList();
    assertThat(texts).anyMatch(text -> text.startsWith("\uFEFF"));
    assertThat(texts).anyMatch(text -> text.contains("\r\n"));
    assertThat(texts).anyMatch(text -> text.contains(",ZIP_CODE,"));
    assertThat(texts).anyMatch(text -> text.lastIndexOf("claim_id,") > 1);
    assertThat(texts).anyMatch(text -> !text.endsWith("\n"));
    String all = String.join("", texts);
    assertThat(all)
        .contains(",NULL,", ",null,", ",N/A,", ",\\N,", ",\"NULL\",", ",,")
        .containsPattern("20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\\+00:00")
        .containsPattern("20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:]{8}-0[45]:00")
        .containsPattern("[0-9]{2}/[0-9]{2}/2026 [0-9]{2}:[0-9]{2},")
        .containsPattern("[0-9]{2}/[0-9]{2}/189[0-9],")
        .contains("\nPlease write to", "drain\"\"");
  }

  @Test
  void aWholeDumpIsDeliveredOnceMoreCutOff() throws IOException {
    Manifest manifest = generate("dirty", 3_000, 30, 0.01);
    List<Manifest.Entry> cutOff =
        manifest.files().stream().filter(entry -> "CUT_OFF".equals(entry.code())).toList();
    assertThat(cutOff).hasSize(1);
    String name = cutOff.getFirst().name();
    String part = text(folder.resolve("dirty").resolve(name));
    String whole = text(folder.resolve("dirty").resolve(name.replace("_2.csv", ".csv")));
    List<String> lastLine = CsvLines.read(part).getLast();
    assertThat(lastLine.size()).isLessThan(COLUMNS);
    assertThat(whole).startsWith(part.substring(0, part.lastIndexOf('\n') + 1));
  }

  @Test
  void noWholeDumpEndsWithABrokenLine() throws IOException {
    generate("dirty", 200, 30, 0.5);
    for (Path file : files("dirty").toList()) {
      String text = text(file);
      if (text.endsWith("\n")) {
        assertThat(CsvLines.read(text).getLast()).as(file.toString()).hasSize(COLUMNS);
      }
    }
  }

  @Test
  void anOptionOutOfRangeIsNamedWithWhatIsAllowed() {
    assertThatThrownBy(() -> options("x", 0, 1, 0))
        .hasMessage("rows is 0; allowed: 1 to 1000000000");
    assertThatThrownBy(() -> options("x", 1, 0, 0)).hasMessage("days is 0; allowed: 1 to 10000");
    assertThatThrownBy(() -> options("x", 1, 1, 0.6)).hasMessage("dirty is 0.6; allowed: 0 to 0.5");
    assertThatThrownBy(() -> new SampleData.Options(folder, 1, 1, 1, 0, "benefits.claim"))
        .hasMessageStartingWith("dataset is benefits.claim; allowed: benefits.claims");
  }

  @Test
  void moreDaysThanClaimsGiveEmptyDumps() {
    Manifest manifest = generate("few", 3, 30, 0.01);
    assertThat(manifest.total().read()).isEqualTo(3);
    assertThat(manifest.files()).hasSizeGreaterThanOrEqualTo(30);
  }

  private Manifest generate(String name, long rows, int days, double dirty) {
    return SampleData.generate(options(name, rows, days, dirty), progress -> {});
  }

  private SampleData.Options options(String name, long rows, int days, double dirty) {
    return SampleData.Options.into(folder.resolve(name))
        .withRows(rows)
        .withDays(days)
        .withDirty(dirty)
        .withDataset("benefits.claims");
  }

  private Stream<Path> files(String name) throws IOException {
    try (Stream<Path> found = Files.walk(folder.resolve(name))) {
      return found.filter(Files::isRegularFile).sorted().toList().stream();
    }
  }

  private Map<String, String> contents(String name) throws IOException {
    return files(name)
        .collect(
            Collectors.toMap(
                file -> file.getFileName().toString(),
                file -> {
                  try {
                    return Arrays.toString(Files.readAllBytes(file));
                  } catch (IOException e) {
                    throw new UncheckedIOException(e);
                  }
                },
                (a, b) -> a,
                TreeMap::new));
  }

  private static String text(Path file) {
    try (InputStream in = new GZIPInputStream(Files.newInputStream(file))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
