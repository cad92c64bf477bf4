package io.sightglass.web.cli.sample;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One disability claim as it truly is, before a dump makes a mess of it. Immutable.
 *
 * <p>Made from its number alone, so that every dataset tells the same story of it.
 *
 * @param establishedAt null: not yet, or never because of an error
 * @param decidedAt null: not yet
 * @param combinedRating percent, a multiple of ten; null: not decided
 * @param errorCode null: none
 */
record Claim(
    long id,
    Veteran veteran,
    Station station,
    Condition condition,
    String text,
    String type,
    int contentions,
    String formVersion,
    String channel,
    boolean backup,
    Instant submittedAt,
    Instant receivedAt,
    @Nullable Instant establishedAt,
    @Nullable Instant decidedAt,
    @Nullable Integer combinedRating,
    @Nullable String errorCode) {

  /** Claims are numbered from here; nine digits, so that none reads like a participant id. */
  static final long FIRST_ID = 600_000_000L;

  private static final List<String> ERROR_CODES =
      List.of("ADDRESS_INVALID", "EVSS_TIMEOUT", "PARTICIPANT_LOCKED", "PDF_REJECTED");

  private static final long SECONDS_PER_DAY = Duration.ofDays(1).toSeconds();

  /**
   * The claim of a number.
   *
   * @param number from 0
   * @param date the UTC day of its submission
   * @param world what all claims of one run share
   */
  static Claim of(World world, long number, LocalDate date) {
    SampleRandom random = SampleRandom.of(world.seed(), SampleRandom.Stream.CLAIM, number);
    Veteran veteran = Veteran.of(world.seed(), random.below(world.veterans()));
    Condition condition = Condition.pick(random);
    boolean backup = random.chance(0.02);
    Instant submittedAt = submission(random, date);
    Instant receivedAt =
        submittedAt.plusMillis(
            backup ? random.between(3_600_000, 40_000_000) : random.between(200, 90_000));
    String errorCode = random.chance(backup ? 0.25 : 0.008) ? random.pick(ERROR_CODES) : null;
    Instant establishedAt = errorCode == null ? later(random, receivedAt, 0.4, world) : null;
    Instant decidedAt =
        establishedAt == null ? null : later(random, establishedAt, condition.medianDays(), world);
    return new Claim(
        FIRST_ID + number,
        veteran,
        random.pick(Station.ALL),
        condition,
        text(random, condition, veteran),
        type(random),
        contentions(random),
        random.chance(0.9) ? "526EZ-2024" : "526EZ-2022",
        channel(random),
        backup,
        submittedAt,
        receivedAt,
        establishedAt,
        decidedAt,
        decidedAt == null ? null : random.below(11) * 10,
        errorCode);
  }

  String status() {
    if (errorCode != null) {
      return "error";
    }
    if (decidedAt != null) {
      return "decided";
    }
    return establishedAt != null ? "established" : "pending";
  }

  /** Code of the end product: new claims by their number of contentions, others by their kind. */
  String benefitClaimTypeCode() {
    return switch (type) {
      case "new" -> contentions < 8 ? "110LCOMP7" : "010LCOMP";
      case "supplemental" -> "040SCR";
      default -> "020NEW";
    };
  }

  /** Whole days from submission to decision; null: not decided. */
  @Nullable Long daysToDecision() {
    return decidedAt == null ? null : Duration.between(submittedAt, decidedAt).toDays();
  }

  /** Most people send the form in the American afternoon: the day's peak is at 18:00 UTC. */
  private static Instant submission(SampleRandom random, LocalDate date) {
    double share = (random.unit() + random.unit()) / 2 + 0.25;
    long second = (long) (share * SECONDS_PER_DAY) % SECONDS_PER_DAY;
    return date.atStartOfDay(ZoneOffset.UTC).toInstant().plusSeconds(second);
  }

  /** An instant some {@code medianDays} later; null when that is after the dumps were written. */
  private static @Nullable Instant later(
      SampleRandom random, Instant since, double medianDays, World world) {
    long millis = (long) (random.around(medianDays, 0.6) * SECONDS_PER_DAY * 1_000);
    Instant instant = since.plusMillis(millis);
    return instant.isAfter(world.writtenAt()) ? null : instant;
  }

  private static String text(SampleRandom random, Condition condition, Veteran veteran) {
    StringBuilder text = new StringBuilder(condition.complaint());
    text.append(" since ").append(random.between(2001, 2025));
    text.append(", write to ").append(veteran.email());
    if (random.chance(0.05)) {
      text.append(", my SSN is ").append(Canary.SSN_AREA);
      text.append(random.between(10, 99)).append('-').append(random.between(1000, 9999));
    }
    return text.toString();
  }

  private static String type(SampleRandom random) {
    int percent = random.below(100);
    if (percent < 46) {
      return "new";
    }
    return percent < 76 ? "increase" : percent < 90 ? "secondary" : "supplemental";
  }

  private static int contentions(SampleRandom random) {
    int count = 1;
    while (count < 30 && random.chance(0.72)) {
      count++;
    }
    return count;
  }

  private static String channel(SampleRandom random) {
    int percent = random.below(100);
    if (percent < 71) {
      return "online";
    }
    return percent < 90 ? "representative" : percent < 97 ? "mail" : "in_person";
  }

  /**
   * What all claims of one run share.
   *
   * @param veterans number of people who claim
   * @param writtenAt what happened after it is in no dump
   */
  record World(long seed, long veterans, Instant writtenAt) {}
}
