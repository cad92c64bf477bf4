package io.sightglass.web.api.stream;

import io.micronaut.context.event.BeanCreatedEvent;
import io.micronaut.context.event.BeanCreatedEventListener;
import io.micronaut.http.server.netty.NettyServerCustomizer;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.util.AttributeKey;
import jakarta.inject.Singleton;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Puts trailers at the end of a streamed answer, which the framework cannot, and holds its flushes
 * back where the whole answer is at hand, so that it leaves in one write.
 *
 * <p>One for each connection; runs on its event loop alone.
 */
final class Completion extends ChannelDuplexHandler {

  private static final AttributeKey<Completion> KEY =
      AttributeKey.valueOf(Completion.class, "sightglass-completion");

  private @Nullable Map<String, String> trailers;
  private @Nullable Runnable onFlushed;
  private boolean holding;
  private boolean oldProtocol;

  /** The one of a connection; null on a connection that the framework has not set up. */
  static @Nullable Completion of(Channel channel) {
    return channel.attr(KEY).get();
  }

  /** Lets nothing leave before {@link #complete}. */
  void hold() {
    holding = true;
  }

  /**
   * What the last piece, written next, carries.
   *
   * @param flushed called when the last byte has left for the network, or never will
   */
  void complete(Map<String, String> last, Runnable flushed) {
    trailers = last;
    onFlushed = flushed;
  }

  /** Whether the client speaks HTTP/1.0, where the end of a connection would look like success. */
  boolean isOldProtocol() {
    return oldProtocol;
  }

  @Override
  public void write(ChannelHandlerContext context, Object message, ChannelPromise promise)
      throws Exception {
    if (message instanceof HttpResponse head && !(message instanceof FullHttpResponse)) {
      oldProtocol = head.protocolVersion().equals(HttpVersion.HTTP_1_0);
      if (oldProtocol) {
        head.headers().remove(HttpHeaderNames.TRANSFER_ENCODING);
        head.headers().remove(HttpHeaderNames.TRAILER);
      }
    }
    Map<String, String> last = trailers;
    if (last == null || !(message instanceof LastHttpContent end)) {
      super.write(context, message, promise);
      return;
    }
    Runnable flushed = onFlushed;
    trailers = null;
    onFlushed = null;
    holding = false;
    DefaultLastHttpContent content = new DefaultLastHttpContent(end.content());
    if (!oldProtocol) {
      last.forEach((name, value) -> content.trailingHeaders().set(name, value));
    }
    ChannelPromise told = promise.unvoid();
    if (flushed != null) {
      told.addListener(done -> flushed.run());
    }
    super.write(context, content, told);
    if (oldProtocol) {
      context.flush();
    }
  }

  @Override
  public void flush(ChannelHandlerContext context) throws Exception {
    if (!holding) {
      super.flush(context);
    }
  }

  /** Gives every connection its own. */
  @Singleton
  static final class Installer implements BeanCreatedEventListener<NettyServerCustomizer.Registry> {
    @Override
    public NettyServerCustomizer.Registry onCreated(
        BeanCreatedEvent<NettyServerCustomizer.Registry> event) {
      event.getBean().register(new OfConnection(null));
      return event.getBean();
    }
  }

  private record OfConnection(@Nullable Channel channel) implements NettyServerCustomizer {

    private static final String CODEC = "http-server-codec";

    @Override
    public NettyServerCustomizer specializeForChannel(Channel connection, ChannelRole role) {
      return new OfConnection(connection);
    }

    @Override
    public void onStreamPipelineBuilt() {
      Channel connection = channel;
      if (connection != null && connection.pipeline().get(CODEC) != null) {
        Completion completion = new Completion();
        connection.pipeline().addAfter(CODEC, "sightglass-completion", completion);
        connection.pipeline().addFirst("sightglass-read-ahead", new ReadAhead());
        connection.attr(KEY).set(completion);
      }
    }
  }
}
