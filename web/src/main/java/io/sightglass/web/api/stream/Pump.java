package io.sightglass.web.api.stream;

import io.micronaut.http.body.CloseableByteBody;
import io.micronaut.http.body.stream.BodySizeLimits;
import io.micronaut.http.body.stream.BufferConsumer;
import io.micronaut.http.netty.body.NettyByteBodyFactory;
import io.micronaut.http.netty.body.StreamingNettyByteBody;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOption;
import io.netty.util.concurrent.Future;
import io.sightglass.engine.result.Chunk;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Moves one answer from its blocking source to the client's connection, as fast as the client takes
 * it and no faster.
 *
 * <p>Bytes that were pulled and not yet taken by the network are counted; while they fill the
 * window, nothing runs and no thread waits: the next credit starts a task. At most one task pulls
 * at a time. A client that takes nothing for a while is cut. Nothing that fails here can look like
 * an end in order: the connection closes without a last chunk.
 */
final class Pump implements BufferConsumer.Upstream, Runnable {

  private static final Logger LOG = LoggerFactory.getLogger(Pump.class);

  private static final int IDLE = 0;
  private static final int RUNNING = 1;
  private static final int RUNNING_AND_ASKED_AGAIN = 2;
  private static final int ENDED = 3;

  private final Answer answer;
  private final Channel channel;
  private final NettyByteBodyFactory bodies;
  private final AtomicInteger state = new AtomicInteger(IDLE);
  private final AtomicLong pending = new AtomicLong();
  private final AtomicLong taken = new AtomicLong();
  private volatile boolean gone;

  /** Set once, before anything can call; on the event loop only. */
  private StreamingNettyByteBody.@Nullable SharedBuffer sink;

  private @Nullable Future<?> watch;
  private long takenBefore;
  private long buffered;
  private int idleLooks;
  private boolean started;
  private Runnable endWatch = () -> {};

  private Pump(Answer answer, Channel channel, NettyByteBodyFactory bodies) {
    this.answer = answer;
    this.channel = channel;
    this.bodies = bodies;
  }

  static CloseableByteBody body(NettyByteBodyFactory bodies, Channel channel, Answer answer) {
    Pump pump = new Pump(answer, channel, bodies);
    StreamingNettyByteBody.SharedBuffer sink =
        bodies.createStreamingBuffer(BodySizeLimits.UNLIMITED, pump);
    pump.sink = sink;
    answer.source().length().ifPresent(sink::setExpectedLength);
    pump.endWatch =
        NettyRequests.watch(
            channel,
            () -> {
              pump.allowDiscard();
              pump.stopWatching();
            });
    return new StreamingNettyByteBody(sink);
  }

  /** The framework asks for the first byte: headers have been written. On the event loop. */
  @Override
  public void start() {
    if (started) {
      return;
    }
    started = true;
    watchTheClient();
    if (!answer.isWhole()) {
      ask();
      return;
    }
    if (!state.compareAndSet(IDLE, ENDED)) {
      return;
    }
    Completion completion = Completion.of(channel);
    if (completion != null) {
      completion.hold();
    }
    for (Chunk chunk = answer.pollFirst(); chunk != null; chunk = answer.pollFirst()) {
      send(chunk);
    }
    finish(answer.source().trailers());
    answer.source().close();
  }

  @Override
  public void onBytesConsumed(long bytes) {
    taken.addAndGet(bytes);
    if (pending.addAndGet(-bytes) < answer.pace().window()) {
      ask();
    }
  }

  /** The client has gone. */
  @Override
  public void allowDiscard() {
    if (state.get() == ENDED) {
      return;
    }
    gone = true;
    answer.source().cancel();
    ask();
  }

  private void ask() {
    while (true) {
      switch (state.get()) {
        case IDLE -> {
          if (state.compareAndSet(IDLE, RUNNING)) {
            submit();
            return;
          }
        }
        case RUNNING -> {
          if (state.compareAndSet(RUNNING, RUNNING_AND_ASKED_AGAIN)) {
            return;
          }
        }
        default -> {
          return;
        }
      }
    }
  }

  private void submit() {
    try {
      answer.executor().execute(this);
    } catch (RejectedExecutionException e) {
      state.set(ENDED);
      answer.abandon();
      onEventLoop(() -> cut("the service stops"));
    }
  }

  /** Pulls until the window is full, the answer ends, or the client has gone. */
  @Override
  public void run() {
    while (true) {
      try {
        while (!gone && pending.get() < answer.pace().window()) {
          Chunk chunk = answer.pollFirst();
          if (chunk == null) {
            chunk = answer.source().next();
          }
          if (chunk == null) {
            Map<String, String> trailers = answer.source().trailers();
            state.set(ENDED);
            answer.source().close();
            onEventLoop(() -> finish(trailers));
            return;
          }
          Chunk piece = chunk;
          pending.addAndGet(piece.size());
          onEventLoop(() -> send(piece));
        }
      } catch (RuntimeException | Error e) {
        // The engine has logged the cause under the statement's id.
        state.set(ENDED);
        answer.abandon();
        onEventLoop(() -> cut("the statement failed late"));
        if (e instanceof Error error) {
          throw error;
        }
        return;
      }
      if (gone) {
        state.set(ENDED);
        answer.abandon();
        return;
      }
      if (state.compareAndSet(RUNNING, IDLE)) {
        return;
      }
      state.set(RUNNING);
    }
  }

  private void onEventLoop(Runnable task) {
    try {
      channel.eventLoop().execute(task);
    } catch (RejectedExecutionException e) {
      LOG.debug("The connection's loop has ended");
    }
  }

  private void send(Chunk chunk) {
    StreamingNettyByteBody.SharedBuffer into = sink;
    ByteBuf bytes = ReleasingBuffer.of(channel.alloc(), chunk);
    if (into == null || !channel.isActive()) {
      bytes.release();
      return;
    }
    into.add(bodies.readBufferFactory().adapt(bytes));
  }

  private void finish(Map<String, String> trailers) {
    Completion completion = Completion.of(channel);
    if (completion != null) {
      completion.complete(trailers, this::stopWatching);
    }
    StreamingNettyByteBody.SharedBuffer into = sink;
    if (into != null && channel.isActive()) {
      into.complete();
    }
  }

  /** Ends the connection so that no client can take what it has for the whole. */
  private void cut(String why) {
    stopWatching();
    if (!channel.isActive()) {
      return;
    }
    LOG.info("Connection cut without an end of the answer: {}", why);
    Completion completion = Completion.of(channel);
    if (completion != null && completion.isOldProtocol()) {
      // Without chunks, an orderly close would be the end of the answer: reset instead.
      channel.config().setOption(ChannelOption.SO_LINGER, 0);
    }
    var _ = channel.close();
  }

  /** Looks four times in the client's patience whether any byte has left. */
  private void watchTheClient() {
    Duration quarter = answer.pace().patience().dividedBy(4);
    watch =
        channel
            .eventLoop()
            .scheduleAtFixedRate(
                this::look, quarter.toMillis(), quarter.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void look() {
    var outbound = channel.unsafe().outboundBuffer();
    long waiting = outbound == null ? 0 : outbound.totalPendingWriteBytes();
    boolean stuck = waiting > 0 && waiting >= buffered && taken.get() == takenBefore;
    idleLooks = stuck ? idleLooks + 1 : 0;
    buffered = waiting;
    takenBefore = taken.get();
    if (idleLooks >= 4) {
      gone = true;
      answer.source().cancel();
      ask();
      // An orderly close would wait for the bytes that nobody takes.
      channel.config().setOption(ChannelOption.SO_LINGER, 0);
      cut("the client took nothing for " + answer.pace().patience());
    }
  }

  private void stopWatching() {
    Future<?> running = watch;
    if (running != null) {
      running.cancel(false);
      watch = null;
    }
    endWatch.run();
  }
}
