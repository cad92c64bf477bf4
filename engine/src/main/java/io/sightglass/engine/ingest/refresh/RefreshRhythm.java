package io.sightglass.engine.ingest.refresh;

import io.sightglass.engine.table.PairSnapshot;
import io.sightglass.engine.views.View.Materialization;
import java.time.Instant;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Optional;

/** When a result is made anew. Stateless. */
final class RefreshRhythm {

  private static final String DAILY = "daily ";

  private RefreshRhythm() {}

  /**
   * Whether the result is due: never made, of another definition, of older inputs than there are
   * ({@code on_load}), or made before the last of its times of day ({@code daily}, in UTC).
   */
  static boolean isDue(
      Materialization materialize, Optional<PairSnapshot> made, RefreshState wanted, Instant now) {
    if (made.isEmpty()) {
      return wanted.hasInput();
    }
    if (wanted.isRedefined(made)) {
      return true;
    }
    return materialize.refresh().startsWith(DAILY)
        ? RefreshState.madeAt(made.get()).isBefore(lastTime(materialize.refresh(), now))
        : !wanted.isOf(made.get());
  }

  /** The last moment not after {@code now} of a rhythm such as {@code daily 05:00}. */
  static Instant lastTime(String rhythm, Instant now) {
    LocalTime time = LocalTime.parse(rhythm.substring(DAILY.length()));
    OffsetDateTime today = now.atOffset(ZoneOffset.UTC).with(time);
    return (today.toInstant().isAfter(now) ? today.minusDays(1) : today).toInstant();
  }
}
