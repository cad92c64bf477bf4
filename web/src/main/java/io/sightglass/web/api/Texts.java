package io.sightglass.web.api;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** How answers write what is not text. */
final class Texts {

  private Texts() {}

  /** ISO 8601 in UTC; null stays null. */
  static @Nullable String of(@Nullable Instant instant) {
    return instant == null ? null : instant.toString();
  }
}
