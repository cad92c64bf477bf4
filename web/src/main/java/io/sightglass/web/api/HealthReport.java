package io.sightglass.web.api;

import io.micronaut.serde.annotation.Serdeable;
import java.util.List;

/** Tells how the service does. Thread-safe; answers at once. */
@FunctionalInterface
public interface HealthReport {

  /** How each part does now. */
  State now();

  /**
   * How the service does.
   *
   * @param ready whether statements are answered
   */
  @Serdeable
  record State(String status, boolean ready, String policyVersion, List<Part> parts) {}

  /**
   * How one part does.
   *
   * @param status {@code UP}, {@code DEGRADED} or {@code DOWN}
   * @param detail what is wrong; without names that only some may know
   */
  @Serdeable
  record Part(String name, String status, String detail) {}
}
