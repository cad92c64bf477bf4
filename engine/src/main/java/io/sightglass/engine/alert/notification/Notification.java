package io.sightglass.engine.alert.notification;

import java.time.Instant;

/**
 * A message on its way to one channel. Immutable.
 *
 * @param id the same at every attempt, so that a receiver can tell a repetition
 * @param attempt the number of this one, from 1
 */
public record Notification(
    String id, String channel, Message message, Instant createdAt, long attempt) {}
