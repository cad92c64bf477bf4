package io.sightglass.web.api.stream;

import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Reads from a connection also while nobody wants what comes, since only reading tells that the
 * client has gone: the framework stops where a second request waits behind one that is being
 * answered.
 *
 * <p>What comes early is kept, up to a bound, until it is wanted. One for each connection, the
 * first of its pipeline; runs on its event loop alone.
 */
final class ReadAhead extends ChannelDuplexHandler {

  /** Pieces as the network gives them; each has at most 64 KB. */
  private static final int MOST_PIECES = 8;

  private final Deque<Object> early = new ArrayDeque<>();

  /** Whoever built the pipeline has asked for its first bytes already. */
  private boolean wanted = true;

  private boolean passing;
  private boolean wantedAgain;
  private boolean delivering;

  @Override
  public void read(ChannelHandlerContext context) {
    if (passing) {
      wantedAgain = true;
      return;
    }
    wanted = true;
    if (early.isEmpty()) {
      context.read();
    } else if (!delivering) {
      deliver(context);
    }
  }

  private void deliver(ChannelHandlerContext context) {
    delivering = true;
    try {
      while (wanted && !early.isEmpty()) {
        wanted = false;
        context.fireChannelRead(early.poll());
        context.fireChannelReadComplete();
      }
    } finally {
      delivering = false;
    }
    readOn(context);
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    if (wanted && early.isEmpty()) {
      passing = true;
      context.fireChannelRead(message);
    } else {
      early.add(message);
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    if (passing) {
      passing = false;
      wanted = wantedAgain;
      wantedAgain = false;
      context.fireChannelReadComplete();
    }
    readOn(context);
  }

  private void readOn(ChannelHandlerContext context) {
    if (early.size() < MOST_PIECES) {
      context.read();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    release();
    context.fireChannelInactive();
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext context) {
    release();
  }

  private void release() {
    early.forEach(ReferenceCountUtil::release);
    early.clear();
  }
}
