package io.sightglass.web.api.stream;

import io.sightglass.engine.result.Chunk;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** An answer's bytes, pulled by one thread at a time; {@link #next} may block. */
public interface ByteSource {

  /**
   * The next piece; null at the end, when {@link #trailers} holds.
   *
   * @throws RuntimeException when the answer cannot be completed: its connection is then cut
   */
  @Nullable Chunk next();

  /** The number of bytes to come, where the client is to know it first; then no trailers follow. */
  OptionalLong length();

  /** What proves that the answer is whole. Only after {@link #next} gave null. */
  Map<String, String> trailers();

  /** Stops whatever is under way, from any thread; returns at once. */
  void cancel();

  /** Called once, after the last {@link #next} has returned. */
  void close();
}
