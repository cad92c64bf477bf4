package io.sightglass.web.api.stream;

import io.micronaut.core.type.Argument;
import io.micronaut.core.type.Headers;
import io.micronaut.core.type.MutableHeaders;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.body.ByteBodyFactory;
import io.micronaut.http.body.CloseableByteBody;
import io.micronaut.http.body.ResponseBodyWriter;
import io.micronaut.http.netty.body.NettyByteBodyFactory;
import io.micronaut.http.server.netty.NettyHttpRequest;
import jakarta.inject.Singleton;
import java.io.OutputStream;

/** Writes an {@link Answer} as the body of a response. */
@Singleton
final class AnswerWriter implements ResponseBodyWriter<Answer> {

  @Override
  public CloseableByteBody writePiece(
      ByteBodyFactory factory,
      HttpRequest<?> request,
      HttpResponse<?> response,
      Argument<Answer> type,
      MediaType mediaType,
      Answer answer) {
    NettyHttpRequest<?> netty =
        NettyRequests.find(request)
            .orElseThrow(() -> new IllegalStateException("The request did not come by Netty"));
    return Pump.body(
        (NettyByteBodyFactory) factory, netty.getChannelHandlerContext().channel(), answer);
  }

  @Override
  public void writeTo(
      Argument<Answer> type,
      MediaType mediaType,
      Answer answer,
      MutableHeaders headers,
      OutputStream out) {
    answer.abandon();
    throw new IllegalStateException("An answer is streamed, never buffered: " + headersOf(headers));
  }

  private static int headersOf(Headers headers) {
    return headers.names().size();
  }

  @Override
  public boolean isBlocking() {
    return false;
  }
}
