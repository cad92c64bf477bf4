package io.sightglass.web.cli.sample;

import io.sightglass.web.cli.sample.ContentionEvent.Action;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What happens to the contentions of one claim: exactly {@value #EVENTS} events, after its
 * submission, before its decision. For one use; not thread-safe.
 *
 * <p>How long a contention takes depends on its kind of condition, on whether it was classified
 * rightly at first, and on whether a machine did it.
 */
final class ContentionStory {

  /** Events of each claim. */
  static final int EVENTS = 5;

  private static final long FIRST_CONTENTION_ID = 700_000_000L;
  private static final int MOST_CONTENTIONS = 4;
  private static final double SECONDS_PER_DAY = Duration.ofDays(1).toSeconds();

  private final Claim.World world;
  private final Claim claim;
  private final SampleRandom random;
  private final List<ContentionEvent> events = new ArrayList<>(EVENTS);

  private ContentionStory(Claim.World world, Claim claim) {
    this.world = world;
    this.claim = claim;
    this.random =
        SampleRandom.of(world.seed(), SampleRandom.Stream.CONTENTION, claim.id() - Claim.FIRST_ID);
  }

  /** The events of a claim, in the order in which they happened. */
  static List<ContentionEvent> of(Claim.World world, Claim claim) {
    ContentionStory story = new ContentionStory(world, claim);
    for (int number = 0; story.left() > 0; number++) {
      story.tell(number);
    }
    return story.events;
  }

  private int left() {
    return EVENTS - events.size();
  }

  /** One contention, with as many events as are left at most. */
  private void tell(int number) {
    Contention contention = contention(number);
    boolean done = number < 2 && contention.isDone();
    contention.happened(Action.ASSOCIATED, 0);
    if (left() > 0 && number == MOST_CONTENTIONS - 1) {
      while (left() > 0) {
        contention.happened(Action.UPDATED, 0.5 + 0.1 * random.unit());
      }
      return;
    }
    if (left() > 0 && number > 0 && random.chance(0.12)) {
      contention.happened(Action.DELETED, 0.1 + 0.8 * random.unit());
      return;
    }
    if (left() > 0) {
      contention.happened(Action.CLASSIFIED, contention.automated ? 0.0001 : 0.05);
    }
    if (left() > 0 && !contention.first.equals(contention.condition)) {
      contention.happened(Action.UPDATED, 0.3 + 0.4 * random.unit());
    } else if (left() > 1 && random.chance(0.25)) {
      contention.happened(Action.UPDATED, 0.3 + 0.4 * random.unit());
    }
    if (left() > 0 && done) {
      contention.happened(Action.COMPLETED, 1);
    }
  }

  private Contention contention(int number) {
    Condition condition = number == 0 ? claim.condition() : Condition.pick(random);
    boolean automated = random.chance(0.6);
    Condition first = random.chance(automated ? 0.88 : 0.8) ? condition : Condition.pick(random);
    Instant added = claim.receivedAt().plusMillis(random.between(2_000, 300_000));
    double days =
        random.around(
            condition.medianDays()
                * 0.5
                * (automated ? 0.7 : 1)
                * (first.equals(condition) ? 0.85 : 1.3),
            0.35);
    Instant end = added.plusMillis((long) (days * SECONDS_PER_DAY * 1_000));
    Instant decided = claim.decidedAt();
    Instant latest = decided == null ? world.writtenAt() : decided;
    boolean inTime = end.isBefore(latest);
    Instant until =
        inTime ? end : added.plus(Duration.between(added, latest).multipliedBy(9).dividedBy(10));
    boolean done = decided != null || (claim.errorCode() == null && inTime && random.chance(0.5));
    return new Contention(
        FIRST_CONTENTION_ID + (claim.id() - Claim.FIRST_ID) * MOST_CONTENTIONS + number,
        condition,
        first,
        automated,
        done,
        number == 0 ? claim.text() : condition.complaint() + ", ask " + claim.veteran().email(),
        added,
        until);
  }

  /** One contention on its way. */
  private final class Contention {

    private final long id;
    private final Condition condition;
    private final Condition first;
    private final boolean automated;
    private final boolean done;
    private final String text;
    private final Instant addedAt;
    private final Instant until;
    private final String type;
    private @Nullable Condition classification;
    private @Nullable Instant updatedAt;
    private @Nullable Instant lastTime;
    private String status = "PENDING";

    Contention(
        long id,
        Condition condition,
        Condition first,
        boolean automated,
        boolean done,
        String text,
        Instant addedAt,
        Instant until) {
      this.id = id;
      this.condition = condition;
      this.first = first;
      this.automated = automated;
      this.done = done;
      this.text = text;
      this.addedAt = addedAt;
      this.until = until;
      this.type =
          switch (claim.type()) {
            case "increase" -> "INC";
            case "secondary" -> "SEC";
            default -> "NEW";
          };
    }

    boolean isDone() {
      return done;
    }

    /**
     * Adds an event.
     *
     * @param share of the contention's time at which it happens
     */
    void happened(Action action, double share) {
      Instant time = time(share);
      switch (action) {
        case ASSOCIATED -> status = "PENDING";
        case CLASSIFIED -> {
          classification = first;
          status = "OPEN";
        }
        case UPDATED -> {
          updatedAt = time;
          status = status.equals("OPEN") ? "IN_DEVELOPMENT" : "OPEN";
          classification = classification == null ? null : condition;
        }
        case COMPLETED -> status = "COMPLETED";
        case DELETED -> status = "DELETED";
      }
      boolean deleted = action == Action.DELETED;
      Instant source = time.plusMillis(random.chance(0.02) ? 0 : random.between(40, 900));
      Instant bie = source.plusMillis(random.between(20, 1_500));
      boolean machine = automated && !deleted;
      events.add(
          new ContentionEvent(
              new UUID(random.nextLong(), random.nextLong()).toString(),
              action,
              claim,
              id,
              machine ? null : Canary.TEXT + "-U" + random.between(1_000, 4_999),
              deleted ? null : automated,
              deleted || classification == null ? null : classification.classification(),
              deleted || classification == null
                  ? null
                  : Integer.toString(classification.diagnosticCode()),
              status,
              type,
              action == Action.COMPLETED ? "Rating Decision Complete" : "Open",
              addedAt,
              action == Action.COMPLETED ? time : null,
              updatedAt,
              random.chance(0.1) ? "noted for " + claim.veteran().email() : null,
              deleted ? null : text,
              time,
              source,
              bie,
              bie.plusMillis(random.between(100, 4_000))));
      lastTime = time;
    }

    /** Never before the event before; now and then at the very same moment. */
    private Instant time(double share) {
      Instant last = lastTime;
      if (last != null && random.chance(0.02)) {
        return last;
      }
      Instant time =
          addedAt.plusMillis((long) (Duration.between(addedAt, until).toMillis() * share));
      return last != null && time.isBefore(last) ? last : time;
    }
  }
}
