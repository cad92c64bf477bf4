package io.sightglass.web.cli.sample;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * One claim as a line of a dump, with the dirt that breaks nothing: other date formats, zones,
 * spellings of NULL and of booleans. Not thread-safe.
 */
final class ClaimLine {

  static final List<String> COLUMNS =
      List.of(
          "claim_id",
          "veteran_participant_id",
          "ssn",
          "file_number",
          "first_name",
          "last_name",
          "birth_date",
          "email",
          "phone",
          "zip",
          "state",
          "station_of_jurisdiction",
          "submitted_at",
          "received_at",
          "form_version",
          "claim_type",
          "benefit_claim_type_code",
          "contention_count",
          "primary_diagnostic_code",
          "primary_contention_text",
          "status",
          "established_at",
          "decided_at",
          "days_to_decision",
          "combined_rating",
          "submission_channel",
          "error_code",
          "backup_submission");

  private static final Map<String, Integer> PLACES =
      IntStream.range(0, COLUMNS.size()).boxed().collect(Collectors.toMap(COLUMNS::get, i -> i));

  private static final ZoneId OFFICE = ZoneId.of("America/New_York");
  private static final List<String> NULLS = List.of("NULL", "null", "N/A", "\\N", "\"NULL\"");
  private static final DateTimeFormatter AMERICAN_DATE = pattern("MM/dd/uuuu");
  private static final DateTimeFormatter AMERICAN_TIME = pattern("MM/dd/uuuu HH:mm");
  private static final DateTimeFormatter WITH_OFFSET = pattern("uuuu-MM-dd'T'HH:mm:ssxxx");
  private static final DateTimeFormatter WITH_MILLIS = pattern("uuuu-MM-dd HH:mm:ss.SSS'Z'");
  private static final int COLUMNS_OF_A_SHORT_LINE = 20;

  private final @Nullable String[] fields = new @Nullable String[COLUMNS.size()];
  private final boolean dirty;
  private final SampleRandom random;

  /**
   * @param random for the dirt of this line
   */
  ClaimLine(Claim claim, boolean dirty, SampleRandom random) {
    this.dirty = dirty;
    this.random = random;
    Veteran veteran = claim.veteran();
    set("claim_id", Long.toString(claim.id()));
    set("veteran_participant_id", Long.toString(veteran.participantId()));
    set("ssn", veteran.ssn());
    set("file_number", veteran.fileNumber());
    set("first_name", veteran.firstName());
    set("last_name", veteran.lastName());
    set("birth_date", birthDate(veteran.birthDate()));
    set("email", veteran.email());
    set("phone", veteran.phone());
    set("zip", dirty && random.chance(0.02) ? null : veteran.zip());
    set("state", veteran.state());
    set("station_of_jurisdiction", claim.station().number());
    set("submitted_at", submittedAt(claim.submittedAt()));
    set("received_at", millis(claim.receivedAt()));
    set("form_version", claim.formVersion());
    set("claim_type", claim.type());
    set("benefit_claim_type_code", claim.benefitClaimTypeCode());
    set("contention_count", Integer.toString(claim.contentions()));
    set("primary_diagnostic_code", Integer.toString(claim.condition().diagnosticCode()));
    set("primary_contention_text", text(claim.text()));
    set("status", claim.status());
    set("established_at", millis(claim.establishedAt()));
    set("decided_at", millis(claim.decidedAt()));
    set("days_to_decision", text(claim.daysToDecision()));
    set("combined_rating", text(claim.combinedRating()));
    set("submission_channel", claim.channel());
    set("error_code", claim.errorCode());
    set("backup_submission", bool(claim.backup()));
  }

  /** The form was never sent: the contract leaves such rows out. */
  void draft() {
    set("form_version", "draft");
  }

  /** The same claim once more, as the source got it {@code later}. */
  void receivedAgain(Instant later) {
    set("received_at", millis(later));
  }

  /** Appends the line without its end. */
  void write(StringBuilder out) {
    write(out, COLUMNS.size());
  }

  /** Appends the line up to the middle of a column, as a transfer that broke off leaves it. */
  void writeCutOff(StringBuilder out) {
    write(out, COLUMNS_OF_A_SHORT_LINE);
  }

  /** Appends the line with something wrong. */
  void write(StringBuilder out, Flaw flaw) {
    switch (flaw) {
      case STRAY_DELIMITER -> {
        int text = place("primary_contention_text");
        writeFields(out, 0, text);
        out.append("Pain, write to ").append(fields[place("email")]).append(',');
        writeFields(out, text + 1, COLUMNS.size());
        return;
      }
      case TOO_FEW_COLUMNS -> {
        writeCutOff(out);
        return;
      }
      case MISSING_CLAIM_ID -> set("claim_id", null);
      case MISSING_SUBMITTED_AT -> set("submitted_at", null);
      case PARTICIPANT_IS_NO_NUMBER ->
          set("veteran_participant_id", Canary.TEXT + fields[place(flaw.column())]);
      case SSN_IN_ANOTHER_FORM -> set("ssn", Canary.TEXT + random.between(100_000, 999_999));
      case NO_SUCH_BIRTH_DATE -> set("birth_date", "1893-02-30");
      case UNKNOWN_CLAIM_TYPE -> set("claim_type", "reopened");
      case COUNT_IN_WORDS -> set("contention_count", "three");
      case UNKNOWN_STATUS -> set("status", "on hold");
      case NO_SUCH_DAY -> set("decided_at", "2026-02-30 10:00:00Z");
      case RATING_OUT_OF_RANGE -> set("combined_rating", "110");
      case NEITHER_TRUE_NOR_FALSE -> set("backup_submission", "maybe");
    }
    write(out);
  }

  private void write(StringBuilder out, int columns) {
    writeFields(out, 0, columns);
  }

  private void writeFields(StringBuilder out, int first, int end) {
    for (int i = first; i < end; i++) {
      if (i > 0) {
        out.append(',');
      }
      String field = fields[i];
      if (field == null) {
        out.append(nullText());
      } else if (field.indexOf(',') < 0 && field.indexOf('"') < 0 && field.indexOf('\n') < 0) {
        out.append(field);
      } else {
        out.append('"').append(field.replace("\"", "\"\"")).append('"');
      }
    }
  }

  private void set(String column, @Nullable String value) {
    fields[place(column)] = value;
  }

  private static int place(String column) {
    return Objects.requireNonNull(PLACES.get(column), column);
  }

  private String nullText() {
    return dirty && random.chance(0.1) ? random.pick(NULLS) : "";
  }

  private String birthDate(LocalDate date) {
    return dirty && random.chance(0.1) ? AMERICAN_DATE.format(date) : date.toString();
  }

  /**
   * With an offset, or as an office writes it: New York's time without a zone, unless the clock
   * strikes that hour twice.
   */
  private String submittedAt(Instant instant) {
    if (!dirty || random.chance(0.85)) {
      return WITH_OFFSET.format(instant.atOffset(ZoneOffset.UTC));
    }
    ZonedDateTime local = instant.atZone(OFFICE);
    boolean unambiguous =
        local.withEarlierOffsetAtOverlap().isEqual(local.withLaterOffsetAtOverlap());
    return (unambiguous && random.chance(0.4) ? AMERICAN_TIME : WITH_OFFSET).format(local);
  }

  private static @Nullable String millis(@Nullable Instant instant) {
    return instant == null ? null : WITH_MILLIS.format(instant.atOffset(ZoneOffset.UTC));
  }

  private String text(String text) {
    return dirty && random.chance(0.01) ? text.replace(", write", "\nPlease write") : text;
  }

  private static @Nullable String text(@Nullable Number number) {
    return number == null ? null : number.toString();
  }

  private String bool(boolean value) {
    if (dirty && random.chance(0.05)) {
      return value ? "Y" : "N";
    }
    return Boolean.toString(value);
  }

  private static DateTimeFormatter pattern(String pattern) {
    return DateTimeFormatter.ofPattern(pattern, Locale.ROOT);
  }
}
