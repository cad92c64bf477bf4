package io.sightglass.engine.views.files;

import static org.assertj.core.api.Assertions.assertThat;

import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.dataset.Column;
import io.sightglass.engine.dataset.ColumnType;
import io.sightglass.engine.dataset.ColumnType.Scalar;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.dataset.Expectations;
import io.sightglass.engine.dataset.LoadMode;
import io.sightglass.engine.dataset.Mask;
import io.sightglass.engine.dataset.PartitionField;
import io.sightglass.engine.dataset.PartitionField.Transform;
import io.sightglass.engine.dataset.ScanTimes;
import io.sightglass.engine.dataset.Sensitivity;
import io.sightglass.engine.dataset.Source;
import io.sightglass.engine.views.Mistake;
import java.time.LocalTime;
import java.time.Period;
import java.time.ZoneId;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every key of a contract, and what is said of wrong ones. */
class ContractReaderTest {

  private static final QualifiedName NAME = new QualifiedName("benefits", "claims");

  private static final String MINIMAL =
      """
      description: D
      owner: O
      grain: G
      source: {path: a/b_%Y-%m-%d.csv, format: csv}
      load: append
      columns:
        - {name: id, type: BIGINT, sensitivity: none, description: I}
        - {name: at, type: TIMESTAMPTZ, sensitivity: none, description: A}
        - {name: text, type: VARCHAR, sensitivity: none, description: T}
      """;

  private final Mistakes mistakes = new Mistakes();

  private DatasetDraft read(String text) {
    return Objects.requireNonNull(
        new ContractReader(mistakes).read(new PackFile("benefits/claims.yaml", text), NAME));
  }

  private Dataset good(String text) {
    DatasetDraft draft = read(text);
    assertThat(mistakes.mistakes()).isEmpty();
    assertThat(draft.complete()).isTrue();
    return draft.dataset();
  }

  private List<String> mistakes(String text) {
    new ContractReader(mistakes).read(new PackFile("benefits/claims.yaml", text), NAME);
    return mistakes.mistakes().stream().map(Mistake::toString).toList();
  }

  @Test
  void readsEveryKindOfKey() {
    Dataset dataset =
        good(
            """
            description: Disability claim submissions (form 526EZ), dumped daily
            owner: Benefits Portfolio data team
            grain: one row per claim
            contact: {slack: "#benefits-data", runbook: "https://example.org"}
            source:                                             # one, or a list with the same columns
              path: benefits/claims/claims_%Y-%m-%d*.csv.gz     # below the landing bucket
              format: csv
              csv: {delimiter: "|", quote: "'", escape: '\\', encoding: windows-1252, header: false, null_text: ["", "NULL", NULL, "\\\\N"]}
            load: replace_date
            key: [claim_id]
            latest_by: received_at
            where: "form_version <> 'draft'"
            partition: [month(submitted_at), "bucket(16, claim_id)", identity(_file_date)]
            expect: {every: day, by: "06:00", zone: America/New_York, rows: {min: 0.5, max: 2.0}, rejects: 0.02}
            retention: {rows: 7 years, of: submitted_at, snapshots: 90 days}
            parts: {count: 4}
            control: {path: claims_%Y-%m-%d.control.json, rows: row_count, sha256: digest}
            scan: {cron: "*/10 6-9 * * 1-5", zone: America/New_York}
            columns:
              - {name: claim_id, type: BIGINT, sensitivity: none, required: true, min: 1, max: 99, description: Identifier of the claim}
              - {name: ssn, type: VARCHAR, sensitivity: direct, mask: last4, pattern: '\\d{3}-\\d{2}-\\d{4}', description: Number}
              - {name: person, type: BIGINT, sensitivity: direct, mask: pseudonym, domain: veteran, description: Person}
              - {name: gone, type: DATE, sensitivity: direct, mask: null, description: Nothing is kept}
              - {name: zip, type: VARCHAR, sensitivity: quasi, from: [ZIP_CODE, zip], description: Postal code}
              - {name: submitted_at, type: TIMESTAMPTZ, sensitivity: none, formats: ["%Y-%m-%dT%H:%M:%S%z", "%-m/%d/%Y %H:%M"], zone: America/New_York, description: When}
              - {name: received_at, type: TIMESTAMP, sensitivity: none, description: When}
              - {name: amount, type: "DECIMAL(12,2)", sensitivity: sensitive, decimal: ",", thousands: ".", description: Money}
              - {name: flag, type: BOOLEAN, sensitivity: none, true_text: [Y, true], false_text: N, description: Flag}
              - {name: form_version, type: VARCHAR, sensitivity: none, allowed: [draft, 1, final], description: Form}
              - {name: tags, type: "STRUCT(a VARCHAR, b BIGINT[])[]", sensitivity: none, description: Tags}
            """);

    assertThat(dataset.contact()).containsEntry("slack", "#benefits-data");
    Source source = dataset.sources().getFirst();
    assertThat(source.format()).isEqualTo(Source.Format.CSV);
    assertThat(source.csv())
        .isEqualTo(
            new Source.CsvDialect(
                '|', '\'', '\\', "windows-1252", false, List.of("", "NULL", "NULL", "\\N")));
    assertThat(dataset.load()).isEqualTo(LoadMode.REPLACE_DATE);
    assertThat(dataset.scan())
        .isEqualTo(new ScanTimes("*/10 6-9 * * 1-5", ZoneId.of("America/New_York")));
    assertThat(dataset.latestBy()).isEqualTo("received_at");
    assertThat(dataset.partition())
        .containsExactly(
            new PartitionField(Transform.MONTH, "submitted_at", 0),
            new PartitionField(Transform.BUCKET, "claim_id", 16),
            new PartitionField(Transform.IDENTITY, "_file_date", 0));
    assertThat(dataset.expect())
        .isEqualTo(
            new Expectations(
                Expectations.Every.DAY,
                LocalTime.of(6, 0),
                ZoneId.of("America/New_York"),
                new Expectations.Band(0.5, 2.0),
                0.02));
    assertThat(dataset.retention().rows()).isEqualTo(Period.ofYears(7));
    assertThat(dataset.retention().snapshots()).isEqualTo(Period.ofDays(90));
    assertThat(dataset.parts()).isEqualTo(new Dataset.Parts(4, null));
    assertThat(dataset.control())
        .isEqualTo(new Dataset.Control("claims_%Y-%m-%d.control.json", "row_count", "digest"));
    assertThat(dataset.directColumns())
        .extracting(Column::mask)
        .containsExactly(Mask.LAST4, Mask.PSEUDONYM, Mask.NULL);
    Column zip = dataset.findColumn("zip").orElseThrow();
    assertThat(zip.sensitivity()).isEqualTo(Sensitivity.QUASI);
    assertThat(zip.from()).containsExactly("ZIP_CODE", "zip");
    assertThat(dataset.findColumn("submitted_at").orElseThrow().text().zone())
        .isEqualTo(ZoneId.of("America/New_York"));
    assertThat(dataset.findColumn("amount").orElseThrow().text().decimal()).isEqualTo(',');
    assertThat(dataset.findColumn("flag").orElseThrow().text().trueText())
        .containsExactly("Y", "true");
    assertThat(dataset.findColumn("tags").orElseThrow().type())
        .isEqualTo(
            new ColumnType.ListOf(
                new ColumnType.Struct(
                    List.of(
                        new ColumnType.Field("a", Scalar.VARCHAR),
                        new ColumnType.Field("b", new ColumnType.ListOf(Scalar.BIGINT))))));
  }

  @Test
  void everythingElseMayBeAbsent() {
    Dataset dataset = good(MINIMAL);

    assertThat(dataset.sources().getFirst().csv()).isEqualTo(Source.CsvDialect.DEFAULT);
    assertThat(dataset.retention().of()).isEqualTo("_file_date");
    assertThat(dataset.expect().every()).isNull();
    assertThat(dataset.key()).isEmpty();
  }

  @Test
  void aBoundThatIsNotStatedIsNone() {
    Dataset dataset =
        good(MINIMAL.replace("load: append", "load: append\nexpect: {rows: {min: 0.5}}"));

    assertThat(dataset.expect().rows()).isEqualTo(new Expectations.Band(0.5, null));
  }

  @Test
  void commasInsideBracketsNeedNoQuotes() {
    Dataset dataset =
        good(
            MINIMAL
                    .replace("load: append", "load: append\npartition: [bucket(16, id), day(at)]")
                    .replace("type: VARCHAR", "type: DECIMAL(12,2)")
                + "  - {name: s, type: STRUCT(a BIGINT, b DECIMAL(3, 1), c DATE), sensitivity:"
                + " none, description: S}\n");

    assertThat(dataset.partition())
        .containsExactly(
            new PartitionField(Transform.BUCKET, "id", 16),
            new PartitionField(Transform.DAY, "at", 0));
    assertThat(dataset.columns().get(2).type()).isEqualTo(new ColumnType.Decimal(12, 2));
    assertThat(dataset.columns().get(3).type().sql())
        .isEqualTo("STRUCT(\"a\" BIGINT, \"b\" DECIMAL(3, 1), \"c\" DATE)");
  }

  /** Such that no start refuses what a check has passed. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          identity(id)  | DOUBLE
          identity(id)  | UUID
          identity(id)  | BIGINT[]
          bucket(4, id) | DOUBLE
          bucket(4, id) | BOOLEAN
          bucket(4, id) | UUID
          bucket(4, id) | DECIMAL(9,2)
          month(id)     | BIGINT
          """)
  void noTableIsPartitionedByWhatCannotBe(String field, String type) {
    String text =
        MINIMAL
            .replace("load: append", "load: append\npartition: [%s]".formatted(field))
            .replace("type: BIGINT", "type: '%s'".formatted(type));
    assertThat(mistakes(text))
        .singleElement()
        .asString()
        .startsWith("benefits/claims.yaml:6: WRONG_VALUE: partition by");
  }

  @Test
  void severalSourcesAndAllFormatsAndLoadsAreRead() {
    Dataset dataset =
        good(
            MINIMAL
                .replace(
                    "source: {path: a/b_%Y-%m-%d.csv, format: csv}",
                    "source: [{path: topics/x/**/*.avro, format: avro}, {path: h/x.parquet, format:"
                        + " parquet}]")
                .replace("load: append", "load: upsert\nkey: [id]\nlatest_by: at"));

    assertThat(dataset.sources())
        .extracting(Source::format)
        .containsExactly(Source.Format.AVRO, Source.Format.PARQUET);
    assertThat(dataset.load()).isEqualTo(LoadMode.UPSERT);
  }

  @Test
  void scanByTheTimeOfDayIsDaily() {
    assertThat(good(MINIMAL + "scan: daily 05:00\n").scan())
        .isEqualTo(ScanTimes.daily(LocalTime.of(5, 0)));
    assertThat(good(MINIMAL).scan()).isNull();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      value = {
        "load: append~load: replaceall~5: WRONG_VALUE: load \"replaceall\"; allowed: append,"
            + " replace_date, replace_all, upsert; did you mean \"replace_all\"?",
        "load: append~load: upsert~5: MISSING_KEY: no key \"key\" with load: upsert",
        "load: append~load: [append]~5: WRONG_TYPE: load: a list",
        "grain: G~grain: ''~3: WRONG_VALUE: grain \"\"",
        "grain: G~grain: 7~3: WRONG_TYPE: grain 7; allowed: text",
        "grain: G~grain: G\\ngrain: H~4: DUPLICATE: key \"grain\" twice",
        "a/b_%Y-%m-%d.csv~/a/b.csv~4: WRONG_VALUE: path \"/a/b.csv\"",
        "a/b_%Y-%m-%d.csv~../b.csv~4: WRONG_VALUE: path \"../b.csv\"",
        "a/b_%Y-%m-%d.csv~a/b_%y.csv~4: WRONG_VALUE: path \"a/b_%y.csv\" has \"%y\"; allowed: %Y %m"
            + " %d %H and * ? ** only",
        "format: csv}~format: csv, csv: {delimiter: ab}}~4: WRONG_VALUE: delimiter \"ab\"",
        "format: csv}~format: csv, csv: {delimiter: §}}~4: WRONG_VALUE: delimiter \"§\"; allowed: one"
            + " character of ASCII",
        "format: csv}~format: csv, csv: {quote: ”}}~4: WRONG_VALUE: quote \"”\"",
        "format: csv}~format: csv, csv: {encoding: utf-9}}~4: WRONG_VALUE: encoding \"utf-9\"",
        "format: csv}~format: csv, csv: {header: yes}}~4: WRONG_TYPE: header \"yes\"; allowed:"
            + " true, false",
        "load: append~load: append\\nexpect: {by: 6am}~6: WRONG_VALUE: by \"6am\"",
        "load: append~load: append\\nexpect: {every: fortnight}~6: WRONG_VALUE: every"
            + " \"fortnight\"",
        "load: append~load: append\\nexpect: {rejects: 2}~6: WRONG_VALUE: rejects 2; allowed: a"
            + " number from 0 to 1",
        "load: append~load: append\\nexpect: {rejects: 2 percent}~6: WRONG_TYPE: rejects \"2"
            + " percent\"",
        "load: append~load: append\\nexpect: {zone: Amerika/New_York}~6: WRONG_VALUE: zone"
            + " \"Amerika/New_York\"",
        "load: append~load: append\\nexpect: {rows: {min: 2, max: 1}}~6: CONFLICT: rows: min 2.0"
            + " above max 1.0",
        "load: append~load: append\\nretention: {rows: forever}~6: WRONG_VALUE: rows \"forever\";"
            + " allowed: such as 90 days",
        "load: append~load: append\\nretention: {rows: 1 year, of: id}~6: WRONG_VALUE: retention of"
            + " \"id\"",
        "load: append~load: append\\nscan: {cron: '0 0 30 2 *'}~6: WRONG_VALUE: cron \"0 0 30 2 *\";"
            + " allowed: five fields, minute hour day-of-month month day-of-week",
        "load: append~load: append\\nscan: {cron: '* * * *', zone: Mars}~6: WRONG_VALUE: zone",
        "load: append~load: append\\nscan: {zone: UTC}~6: MISSING_KEY: no key \"cron\"",
        "load: append~load: append\\nscan: hourly~6: WRONG_VALUE: scan \"hourly\"; allowed: daily"
            + " HH:MM",
        "load: append~load: append\\nscan: 5~6: WRONG_TYPE: scan 5",
        "load: append~load: append\\nkey: [ids]~6: UNKNOWN_COLUMN: key: column \"ids\"; allowed:"
            + " id, at, text; did you mean \"id\"?",
        "load: append~load: append\\nlatest_by: att~6: UNKNOWN_COLUMN: latest_by: column \"att\"",
        "load: append~load: append\\npartition: [week(at)]~6: WRONG_VALUE: partition \"week(at)\"",
        "load: append~load: append\\npartition: [bucket(id)]~6: WRONG_VALUE: partition"
            + " \"bucket(id)\"",
        "load: append~load: append\\npartition: [day(text)]~6: WRONG_VALUE: partition by DAY of"
            + " \"text\"",
        "load: append~load: append\\npartition: [day(att)]~6: UNKNOWN_COLUMN: partition: column"
            + " \"att\"",
        "load: append~load: append\\nparts: {count: 2, done: x.done}~6: CONFLICT: parts",
        "load: append~load: append\\nparts: {count: 2}~6: CONFLICT: parts with load: append; allowed:"
            + " parts with load: replace_date",
        "load: append~load: replace_date\\nparts: {done: 'b_%Y-%m-%d.csv'}~6: CONFLICT: parts: path"
            + " \"b_%Y-%m-%d.csv\" is the dumps' own; allowed: a path that no dump has",
        "load: append~load: append\\ncontrol: {path: 'a/b_%Y-%m-%d.csv', rows: n}~6: CONFLICT:"
            + " control: path \"a/b_%Y-%m-%d.csv\" is the dumps' own",
        "load: append~load: append\\ncontact: {runbook: 'the wiki'}~6: WRONG_VALUE: runbook \"the"
            + " wiki\"; allowed: an http or https URL",
        "load: append~load: append\\ncontact: {runbook: 'javascript:x'}~6: WRONG_VALUE: runbook",
        "format: csv}~format: csv, csv: {delimiter: '|', escape: '|'}}~4: CONFLICT: escape is the"
            + " delimiter",
        "description: I~description: I, thousands: '0'~7: WRONG_VALUE: thousands \"0\"; allowed: one"
            + " character, no letter, digit or sign",
        "description: I~description: I, decimal: e~7: WRONG_VALUE: decimal \"e\"",
        "description: I~description: I, decimal: '-'~7: WRONG_VALUE: decimal \"-\"",
        "description: I~description: I, decimal: ',', thousands: ','~7: CONFLICT: thousands is the"
            + " decimal separator",
        "description: T~description: T, true_text: [Y, J], false_text: [N, J]~9: CONFLICT: true_text:"
            + " \"J\" means false too; allowed: texts that mean one of the two",
        "description: T~description: T, false_text: [N, 'true']~9: CONFLICT: false_text: \"true\""
            + " means true too",
        "load: append~load: append\\ncontrol: {path: x.json}~6: MISSING_KEY: neither \"rows\" nor"
            + " \"sha256\"",
        "type: BIGINT~type: TEXT~7: WRONG_VALUE: type \"TEXT\"",
        "type: BIGINT~type: DECIMAL(40,2)~7: UNKNOWN",
        "sensitivity: none, description: I~sensitivity: secret, description: I~7: WRONG_VALUE:"
            + " sensitivity \"secret\"",
        "description: I~description: I, mask: last4~7: CONFLICT: mask of a column that is not"
            + " direct",
        "none, description: I~direct, mask: pseudonym, description: I~7: MISSING_KEY: no key"
            + " \"domain\"",
        "none, description: I~direct, mask: year, description: I~7: WRONG_VALUE: mask year of a"
            + " BIGINT",
        "none, description: I~direct, mask: lastfour, description: I~7: WRONG_VALUE: mask"
            + " \"lastfour\"",
        "description: I~description: I, min: 5, max: 4~7: CONFLICT: min 5 above max 4",
        "description: I~description: I, min: five~7: WRONG_VALUE: min \"five\"; allowed: a value of"
            + " type BIGINT",
        "description: I~description: I, allowed: [1, two]~7: WRONG_VALUE: allowed \"two\"",
        "description: A~description: A, formats: ['%Q']~8: WRONG_VALUE: format \"%Q\" has \"%Q\"",
        "description: A~description: A, zone: Mars~8: WRONG_VALUE: zone \"Mars\"",
        "description: A~description: A, decimals: 2~8: UNKNOWN_KEY: key \"decimals\"",
        "name: text~name: id~9: DUPLICATE: column \"id\" twice",
        "name: text~name: Text~9: BAD_NAME: name \"Text\"",
        "name: text, ~''~9: MISSING_KEY: no key \"name\"",
      })
  void oneMistakeIsNamedWithItsLine(String from, String to, String mistake) {
    String text = MINIMAL.replace(from, to.replace("\\n", "\n"));

    assertThat(text).isNotEqualTo(MINIMAL);
    if (mistake.endsWith("UNKNOWN")) {
      assertThat(mistakes(text)).isNotEmpty();
    } else {
      assertThat(mistakes(text))
          .anyMatch(seen -> seen.startsWith("benefits/claims.yaml:" + mistake));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[1, 2]",
        "just text",
        "a: [",
        "a: *nowhere",
        "--- {a: 1}\n--- {b: 2}",
        "a: !!java.net.URL [x]",
        "\u0001",
        "&a [*a]",
        "{1: {2: 3}, [1]: 2}",
        "columns: {a: 1}\nsource: 7\nexpect: 3\nparts: x\ncontrol: []\nretention: 1"
      })
  void whatIsNoContractIsAMistakeAndNoCrash(String text) {
    assertThat(mistakes(text)).isNotEmpty();
  }

  @Test
  void nestingHasABound() {
    assertThat(mistakes("a: " + "[".repeat(20_000) + "]".repeat(20_000)))
        .singleElement()
        .asString()
        .contains("INVALID_YAML: values nested more than 30 deep");
  }

  @Test
  void aTypoInAKeyIsOneMistakeAndWhatItHoldsIsRead() {
    assertThat(mistakes(MINIMAL.replace("columns:", "colums:").replace("BIGINT", "BIGNT")))
        .hasSize(2)
        .anyMatch(text -> text.contains(":6: UNKNOWN_KEY: key \"colums\""))
        .anyMatch(text -> text.contains(":7: WRONG_VALUE: type \"BIGNT\""));
  }
}
