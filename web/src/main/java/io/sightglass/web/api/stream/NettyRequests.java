package io.sightglass.web.api.stream;

import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpRequestWrapper;
import io.micronaut.http.server.netty.NettyHttpRequest;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import java.util.Optional;

/** The connection behind a request. */
public final class NettyRequests {

  private NettyRequests() {}

  static Optional<NettyHttpRequest<?>> find(HttpRequest<?> request) {
    HttpRequest<?> here = request;
    while (here instanceof HttpRequestWrapper<?> wrapper) {
      here = wrapper.getDelegate();
    }
    return here instanceof NettyHttpRequest<?> netty ? Optional.of(netty) : Optional.empty();
  }

  /**
   * Calls {@code gone} when the client's connection ends; at once where it already has.
   *
   * @return ends the watch: a connection outlives its requests by far
   */
  public static Runnable onDisconnect(HttpRequest<?> request, Runnable gone) {
    return find(request)
        .map(netty -> watch(netty.getChannelHandlerContext().channel(), gone))
        .orElse(() -> {});
  }

  static Runnable watch(Channel channel, Runnable gone) {
    ChannelFutureListener listener = closed -> gone.run();
    channel.closeFuture().addListener(listener);
    return () -> channel.closeFuture().removeListener(listener);
  }
}
