package io.sightglass.engine.alert.notification;

import io.sightglass.engine.alert.notification.Channel.Answer;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** What an HTTP status means for a notification. */
final class Answers {

  private Answers() {}

  /**
   * An answer.
   *
   * @param retryAfter the header of that name; a date in it is not heeded; null: absent
   */
  static Answer of(int status, @Nullable String retryAfter) {
    if (status >= 200 && status < 300) {
      return new Answer.Taken();
    }
    Duration pause =
        retryAfter != null && retryAfter.matches("\\d{1,6}")
            ? Duration.ofSeconds(Long.parseLong(retryAfter))
            : null;
    return new Answer.Refused("It answered %d".formatted(status), pause);
  }
}
