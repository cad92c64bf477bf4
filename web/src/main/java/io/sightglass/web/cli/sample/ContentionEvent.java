package io.sightglass.web.cli.sample;

import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * One thing that happened to a contention, as the claims system tells it. Immutable.
 *
 * @param claim what it belongs to
 * @param user whoever did it; null: a machine
 * @param automated null for deletions, which do not say
 * @param classification null before the first one, and for deletions
 * @param diagnosticCode null with {@code classification}
 * @param completedAt null before the completion
 * @param updatedAt null before the first change
 * @param details what the actor noted; null: nothing
 * @param description the condition as the veteran put it; null for deletions
 */
record ContentionEvent(
    String eventId,
    Action action,
    Claim claim,
    long contentionId,
    @Nullable String user,
    @Nullable Boolean automated,
    @Nullable String classification,
    @Nullable String diagnosticCode,
    String status,
    String type,
    String lifecycleStatus,
    Instant addedAt,
    @Nullable Instant completedAt,
    @Nullable Instant updatedAt,
    @Nullable String details,
    @Nullable String description,
    Instant eventTime,
    Instant sourceTs,
    Instant bieTs,
    Instant connectorTs) {

  /** The types of events, as {@code ActionName} calls them. */
  enum Action {
    ASSOCIATED("ContentionAssociatedToClaim", "I"),
    CLASSIFIED("ContentionClassified", "U"),
    UPDATED("ContentionUpdated", "U"),
    COMPLETED("ContentionCompleted", "U"),
    DELETED("ContentionDeleted", "D");

    private final String text;
    private final String journal;

    Action(String text, String journal) {
      this.text = text;
      this.journal = journal;
    }

    String text() {
      return text;
    }

    /** Kind of entry in the source's journal. */
    String journal() {
      return journal;
    }
  }

  /** The same event, read by the connector so many days later. */
  ContentionEvent heldUp(int days) {
    return days == 0
        ? this
        : new ContentionEvent(
            eventId,
            action,
            claim,
            contentionId,
            user,
            automated,
            classification,
            diagnosticCode,
            status,
            type,
            lifecycleStatus,
            addedAt,
            completedAt,
            updatedAt,
            details,
            description,
            eventTime,
            sourceTs,
            bieTs,
            connectorTs.plus(Duration.ofDays(days)));
  }

  String application() {
    return user == null ? "CONTENTION-CLASSIFIER" : "VBMS-UI";
  }
}
