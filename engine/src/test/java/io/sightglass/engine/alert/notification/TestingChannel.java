package io.sightglass.engine.alert.notification;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** A channel that does what a test says, and remembers what it was asked to send. */
final class TestingChannel implements Channel {

  /** What becomes of a message. */
  @FunctionalInterface
  interface Behaviour {
    Answer answer(Notification notification) throws IOException;
  }

  final List<String> sent = new ArrayList<>();
  Behaviour behaviour = notification -> new Answer.Taken();
  private final String name;

  TestingChannel(String name) {
    this.name = name;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public int mostPerSecond() {
    return 100;
  }

  @Override
  public Answer send(Notification notification) throws IOException {
    sent.add(
        "%s %s %d"
            .formatted(
                notification.message().subject(),
                notification.message().title(),
                notification.attempt()));
    return behaviour.answer(notification);
  }

  @Override
  public void close() {}
}
