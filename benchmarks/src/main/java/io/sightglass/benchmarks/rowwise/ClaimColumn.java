package io.sightglass.benchmarks.rowwise;

import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/**
 * One column of claims: where it comes from, what it becomes. Immutable.
 *
 * @param source its name in the file
 * @param value of a cell that is not NULL, masked; throws a {@link RuntimeException} for a bad one
 */
record ClaimColumn(
    String name, String source, Kind kind, boolean required, Function<String, Object> value) {

  /** What values of a column are. */
  enum Kind {
    TEXT,
    LONG,
    INTEGER,
    BOOLEAN,
    DATE,
    INSTANT
  }

  private static final Set<String> NULLS = Set.of("", "NULL", "null", "N/A", "\\N");
  private static final ZoneId OFFICE = ZoneId.of("America/New_York");
  private static final DateTimeFormatter AMERICAN = DateTimeFormatter.ofPattern("MM/dd/yyyy");
  private static final DateTimeFormatter AMERICAN_MINUTE =
      DateTimeFormatter.ofPattern("MM/dd/yyyy HH:mm");
  private static final DateTimeFormatter OFFSET =
      new DateTimeFormatterBuilder()
          .append(DateTimeFormatter.ISO_LOCAL_DATE_TIME)
          .appendPattern("XXX")
          .toFormatter();

  /** Those of the contract, in its order. */
  static List<ClaimColumn> all(ClaimMasks masks) {
    return List.of(
        new ClaimColumn("claim_id", "claim_id", Kind.LONG, true, Long::valueOf),
        new ClaimColumn(
            "veteran_participant_id",
            "veteran_participant_id",
            Kind.TEXT,
            true,
            text -> masks.pseudonym(String.valueOf(Long.parseLong(text)))),
        text("ssn", ClaimMasks::last4),
        text("file_number", ClaimMasks::last4),
        text("first_name", ClaimMasks::redact),
        text("last_name", ClaimMasks::redact),
        new ClaimColumn("birth_date", "birth_date", Kind.DATE, false, ClaimColumn::year),
        text("email", ClaimMasks::redact),
        text("phone", ClaimMasks::last4),
        new ClaimColumn("zip", "ZIP_CODE", Kind.TEXT, false, text -> text),
        text("state", text -> text),
        text("station_of_jurisdiction", text -> text),
        new ClaimColumn("submitted_at", "submitted_at", Kind.INSTANT, true, ClaimColumn::submitted),
        instant("received_at"),
        text("form_version", text -> text),
        text("claim_type", text -> text),
        text("benefit_claim_type_code", text -> text),
        integer("contention_count"),
        integer("primary_diagnostic_code"),
        text("primary_contention_text", ClaimMasks::scrub),
        text("status", text -> text),
        instant("established_at"),
        instant("decided_at"),
        integer("days_to_decision"),
        integer("combined_rating"),
        text("submission_channel", text -> text),
        text("error_code", text -> text),
        new ClaimColumn(
            "backup_submission", "backup_submission", Kind.BOOLEAN, false, ClaimColumn::bool));
  }

  static boolean isNull(String cell) {
    return NULLS.contains(cell);
  }

  private static ClaimColumn text(String name, Function<String, Object> value) {
    return new ClaimColumn(name, name, Kind.TEXT, false, value);
  }

  private static ClaimColumn integer(String name) {
    return new ClaimColumn(name, name, Kind.INTEGER, false, Integer::valueOf);
  }

  private static ClaimColumn instant(String name) {
    return new ClaimColumn(
        name,
        name,
        Kind.INSTANT,
        false,
        text -> OffsetDateTime.parse(text.replace(' ', 'T')).toInstant());
  }

  private static LocalDate year(String text) {
    LocalDate date;
    try {
      date = LocalDate.parse(text);
    } catch (DateTimeParseException american) {
      date = LocalDate.parse(text, AMERICAN);
    }
    return date.withDayOfYear(1);
  }

  private static Instant submitted(String text) {
    // Telling by the third character is quicker than an exception for every second row.
    return text.length() > 2 && text.charAt(2) == '/'
        ? LocalDateTime.parse(text, AMERICAN_MINUTE).atZone(OFFICE).toInstant()
        : OffsetDateTime.parse(text, OFFSET).withOffsetSameInstant(ZoneOffset.UTC).toInstant();
  }

  private static Boolean bool(String text) {
    return switch (text) {
      case "true", "Y" -> true;
      case "false", "N" -> false;
      default -> throw new IllegalArgumentException("no boolean");
    };
  }
}
