package io.sightglass.engine.ingest.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class BackgroundThreadTest {

  private static final Duration NEVER = Duration.ofDays(1);

  private final BlockingQueue<Boolean> worked = new LinkedBlockingQueue<>();

  @Test
  void worksAtOnceByTheClockAndThenWhenWoken() throws Exception {
    try (BackgroundThread thread = new BackgroundThread("test", NEVER, this::work)) {
      thread.start();
      assertThat(next()).isTrue();
      thread.wake();
      assertThat(next()).isFalse();
      thread.wake();
      assertThat(next()).isFalse();
    }
  }

  @Test
  void wakingDoesNotPutTheClockOff() throws Exception {
    Duration wait = Duration.ofMillis(200);
    try (BackgroundThread thread =
        new BackgroundThread(
            "test",
            NEVER,
            byClock -> {
              worked.add(byClock);
              return wait;
            })) {
      thread.start();
      assertThat(next()).isTrue();
      boolean byClock = false;
      while (!byClock) {
        thread.wake();
        byClock = next();
      }
    }
  }

  @Test
  void whatAWokenThreadFindsToDoSoonIsNotLeftToALaterTime() throws Exception {
    try (BackgroundThread thread =
        new BackgroundThread(
            "test",
            NEVER,
            byClock -> {
              worked.add(byClock);
              return byClock ? NEVER : Duration.ofMillis(1);
            })) {
      thread.start();
      assertThat(next()).isTrue();
      thread.wake();
      assertThat(next()).isFalse();
      assertThat(next()).as("by the clock").isTrue();
    }
  }

  @Test
  void workThatFailsIsTriedAgain() throws Exception {
    try (BackgroundThread thread =
        new BackgroundThread(
            "test",
            Duration.ofMillis(1),
            byClock -> {
              worked.add(byClock);
              throw new IllegalStateException("a test");
            })) {
      thread.start();
      assertThat(next()).isTrue();
      assertThat(next()).isTrue();
    }
  }

  @Test
  void nothingRunsAfterItIsClosed() {
    BackgroundThread thread = new BackgroundThread("test", NEVER, this::work);
    thread.close();
    thread.start();
    thread.wake();
    assertThat(worked).isEmpty();
  }

  private Duration work(boolean byClock) {
    worked.add(byClock);
    return NEVER;
  }

  private boolean next() throws InterruptedException {
    Boolean one = worked.poll(30, TimeUnit.SECONDS);
    assertThat(one).as("work within 30 s").isNotNull();
    return Boolean.TRUE.equals(one);
  }
}
