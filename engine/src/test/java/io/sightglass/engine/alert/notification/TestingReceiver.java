package io.sightglass.engine.alert.notification;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;

/** A receiver of notifications over HTTP that answers as a test tells it. */
final class TestingReceiver implements AutoCloseable {

  /** What it was sent; headers by their name in small letters. */
  record Received(String path, Map<String, String> headers, String body) {}

  /** How it answers. */
  @FunctionalInterface
  interface Behaviour {
    void answer(HttpExchange exchange) throws IOException;
  }

  private final HttpServer server;
  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final CountDownLatch stopped = new CountDownLatch(1);
  final List<Received> received = new CopyOnWriteArrayList<>();
  volatile Behaviour behaviour = status(200);

  TestingReceiver() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    server.createContext(
        "/",
        exchange -> {
          try (exchange) {
            byte[] body = exchange.getRequestBody().readAllBytes();
            received.add(
                new Received(
                    exchange.getRequestURI().getPath(),
                    exchange.getRequestHeaders().entrySet().stream()
                        .collect(
                            Collectors.toMap(
                                header -> header.getKey().toLowerCase(Locale.ROOT),
                                header -> header.getValue().getFirst())),
                    new String(body, UTF_8)));
            behaviour.answer(exchange);
          }
        });
    server.start();
  }

  URI address(String path) {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + path);
  }

  static Behaviour status(int status, String... headers) {
    return exchange -> {
      for (int index = 0; index < headers.length; index += 2) {
        exchange.getResponseHeaders().add(headers[index], headers[index + 1]);
      }
      exchange.sendResponseHeaders(status, -1);
    };
  }

  /** Says nothing until it is stopped. */
  Behaviour stall() {
    return exchange -> awaitStop();
  }

  /** Says that all is well, and then talks for ever. */
  static Behaviour endless() {
    return exchange -> {
      exchange.sendResponseHeaders(200, 0);
      byte[] much = "x".repeat(1 << 16).getBytes(UTF_8);
      try (OutputStream out = exchange.getResponseBody()) {
        while (true) {
          out.write(much);
        }
      }
    };
  }

  private void awaitStop() {
    try {
      stopped.await();
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    stopped.countDown();
    server.stop(0);
    threads.shutdownNow();
  }
}
