package io.sightglass.web.cli.sample;

import java.time.LocalDate;
import java.util.regex.Pattern;

/**
 * The marks by which a leak of a direct identifier can be proved in any output.
 *
 * <p>Every cell of a {@code direct} column of the sample data carries one. Text holds {@link
 * #TEXT}; numbers and dates lie in ranges that no other column uses. What the masks at rest leave
 * of them is no canary: the last four digits of a {@code last4}, the first of January of a {@code
 * year}, a text whose identifiers are scrubbed.
 */
public final class Canary {

  /** Stands in every direct text. Upper case; no other text of the sample data holds it. */
  public static final String TEXT = "CNRY";

  /** Smallest participant id. No other number of the sample data has ten digits. */
  public static final long FIRST_PARTICIPANT_ID = 9_000_000_000L;

  /** Largest participant id. */
  public static final long LAST_PARTICIPANT_ID = 9_099_999_999L;

  /** Smallest date of birth. No other date of the sample data lies before the year 2000. */
  public static final LocalDate FIRST_BIRTH_DATE = LocalDate.of(1890, 1, 2);

  /**
   * Largest date of birth. None is a first of January, which is what the mask {@code year} shows.
   */
  public static final LocalDate LAST_BIRTH_DATE = LocalDate.of(1899, 12, 31);

  /** First digits of social security numbers inside free texts; never issued, used nowhere else. */
  public static final String SSN_AREA = "987-";

  /**
   * Finds a canary in text: the mark itself, a participant id, a date of birth in any form that the
   * files use, a social security number of a free text.
   */
  public static final Pattern IN_TEXT =
      Pattern.compile(
          TEXT
              + "|(?<![0-9A-Za-z])90[0-9]{8}(?![0-9A-Za-z])"
              + "|189[0-9]-(?!01-01)[0-9]{2}-[0-9]{2}"
              + "|(?<![0-9])(?!0?1/0?1/)[0-9]{1,2}/[0-9]{1,2}/189[0-9]"
              + "|(?<![0-9])"
              + SSN_AREA
              + "[0-9]{2}-[0-9]{4}");

  private Canary() {}

  /** Whether a BIGINT of an answer is a participant id as it came. */
  public static boolean isParticipantId(long value) {
    return value >= FIRST_PARTICIPANT_ID && value <= LAST_PARTICIPANT_ID;
  }

  /** Whether a date of an answer is a date of birth as it came. */
  public static boolean isBirthDate(LocalDate value) {
    return !value.isBefore(FIRST_BIRTH_DATE)
        && !value.isAfter(LAST_BIRTH_DATE)
        && value.getDayOfYear() != 1;
  }
}
