package io.sightglass.engine.alert.notification;

import java.io.IOException;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** A way to people outside the service. Used by one thread at a time. */
public interface Channel extends AutoCloseable {

  /** By which the outbox knows it; never changes. */
  String name();

  /** The most that may be sent within a second. */
  int mostPerSecond();

  /**
   * Sends once, within a few seconds.
   *
   * @return whether the receiver has taken it
   * @throws IOException when it could not be reached, or did not answer in time
   */
  Answer send(Notification notification) throws IOException, InterruptedException;

  @Override
  void close();

  /** What the receiver said. */
  sealed interface Answer {

    /** It has taken the message. */
    record Taken() implements Answer {}

    /**
     * It has not.
     *
     * @param reason in words, without anything that the receiver wrote
     * @param retryAfter when it wants to be asked again; null: it did not say
     */
    record Refused(String reason, @Nullable Duration retryAfter) implements Answer {}
  }
}
