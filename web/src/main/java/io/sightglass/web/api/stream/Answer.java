package io.sightglass.web.api.stream;

import io.sightglass.engine.result.Chunk;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * A streamed answer whose first bytes are at hand. It is either sent, once, or {@link #abandon}ed.
 *
 * <p>The first pieces are pulled before any header leaves, so that what fails early is answered
 * with a status, and a small answer leaves in one write.
 */
public final class Answer {

  /** Up to this many bytes are pulled before headers leave. */
  private static final int SMALL = 16 * 1024;

  /**
   * How an answer is sent.
   *
   * @param window bytes that may be pulled and not yet sent
   * @param patience how long a client may take nothing
   */
  public record Pace(long window, Duration patience) {

    /** What the service does. */
    public static final Pace USUAL = new Pace(1 << 20, Duration.ofSeconds(60));
  }

  private final ByteSource source;
  private final Executor executor;
  private final Pace pace;
  private final Deque<Chunk> first = new ArrayDeque<>();
  private final boolean whole;

  private Answer(ByteSource source, Executor executor, Pace pace) {
    this.source = source;
    this.executor = executor;
    this.pace = pace;
    this.whole = pullFirst();
  }

  /**
   * Pulls the first pieces, on the calling thread.
   *
   * @param executor where the others are pulled
   * @throws RuntimeException what the source throws; it is then closed
   */
  public static Answer open(ByteSource source, Executor executor, Pace pace) {
    return new Answer(source, executor, pace);
  }

  private boolean pullFirst() {
    try {
      long bytes = 0;
      while (bytes < SMALL) {
        Chunk chunk = source.next();
        if (chunk == null) {
          return true;
        }
        bytes += chunk.size();
        first.add(chunk);
      }
      return false;
    } catch (RuntimeException e) {
      abandon();
      throw e;
    }
  }

  /** Lets go of everything, where nothing will be sent. */
  public void abandon() {
    first.forEach(Chunk::release);
    first.clear();
    source.cancel();
    source.close();
  }

  ByteSource source() {
    return source;
  }

  Executor executor() {
    return executor;
  }

  Pace pace() {
    return pace;
  }

  /** Whether the first pieces are all, so that {@link ByteSource#trailers} holds already. */
  public boolean isWhole() {
    return whole;
  }

  /** The next of the pieces that were pulled at first; null after the last. */
  @Nullable Chunk pollFirst() {
    return first.poll();
  }
}
