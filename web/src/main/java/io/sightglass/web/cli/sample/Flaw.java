package io.sightglass.web.cli.sample;

import java.util.List;

/** What is wrong with a line that a load must reject. Each line has exactly one. */
enum Flaw {
  /** Free text with a comma, not quoted: one column too many. */
  STRAY_DELIMITER("*"),
  /** The line ends in the middle. */
  TOO_FEW_COLUMNS("*"),
  MISSING_CLAIM_ID("claim_id"),
  MISSING_SUBMITTED_AT("submitted_at"),
  PARTICIPANT_IS_NO_NUMBER("veteran_participant_id"),
  SSN_IN_ANOTHER_FORM("ssn"),
  NO_SUCH_BIRTH_DATE("birth_date"),
  UNKNOWN_CLAIM_TYPE("claim_type"),
  COUNT_IN_WORDS("contention_count"),
  UNKNOWN_STATUS("status"),
  NO_SUCH_DAY("decided_at"),
  RATING_OUT_OF_RANGE("combined_rating"),
  NEITHER_TRUE_NOR_FALSE("backup_submission");

  private static final List<Flaw> ALL = List.of(values());

  private final String column;

  Flaw(String column) {
    this.column = column;
  }

  /** The column that rejects the line; {@code *} when it is no row at all. */
  String column() {
    return column;
  }

  static Flaw pick(SampleRandom random) {
    return random.pick(ALL);
  }
}
