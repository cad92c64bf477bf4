package io.sightglass.engine.storage;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A wire to an HTTP server that breaks as it is told. What it passes on it passes on byte for byte,
 * so that signatures stay valid.
 */
public final class TestingFaultProxy implements AutoCloseable {

  /** What may go wrong with one request. */
  public enum Fault {
    NONE,
    /** The server is too busy to take the request. */
    BUSY,
    /** The server has no room for it. */
    FULL,
    /** The connection goes before the request arrives. */
    RESET,
    CUT_AT_A_QUARTER,
    CUT_AT_HALF,
    CUT_AT_THREE_QUARTERS,
    /** Half the answer comes, and then nothing, until the client gives up. */
    STALL,
    /** One bit in the middle of the answer's body is another. */
    FLIPPED_BIT,
    /** The request is carried out, and nobody hears of it. */
    LOST_ANSWER
  }

  /** The first line of a request. */
  public record Request(String method, String path) {
    static Request of(String head) {
      String[] parts = head.split(" ", 3);
      return new Request(parts[0], parts[1]);
    }
  }

  /** Decides what goes wrong; asked for each request, by several threads. */
  @FunctionalInterface
  public interface Rule {
    Fault on(Request request);
  }

  private final ServerSocket listening;
  private final URI target;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private volatile Rule rule = request -> Fault.NONE;

  /** A wire to {@code target}, without faults so far. */
  public TestingFaultProxy(URI target) {
    this.target = target;
    try {
      listening = new ServerSocket(0, 256, InetAddress.getLoopbackAddress());
    } catch (IOException failure) {
      throw new AssertionError("No port to listen on", failure);
    }
    threads.execute(this::accept);
  }

  public URI endpoint() {
    return URI.create("http://127.0.0.1:" + listening.getLocalPort());
  }

  /** From now on. */
  public void rule(Rule changed) {
    rule = changed;
  }

  private void accept() {
    while (true) {
      try {
        Socket client = listening.accept();
        threads.execute(() -> serve(client));
      } catch (IOException closed) {
        return;
      }
    }
  }

  private void serve(Socket client) {
    try (client;
        Socket server = new Socket(target.getHost(), target.getPort())) {
      client.setTcpNoDelay(true);
      server.setTcpNoDelay(true);
      Wire wire =
          new Wire(
              client,
              new BufferedInputStream(client.getInputStream(), 1 << 16),
              client.getOutputStream(),
              new BufferedInputStream(server.getInputStream(), 1 << 16),
              server.getOutputStream());
      Optional<String> head = head(wire.fromClient());
      while (head.isPresent() && wire.pass(head.get(), rule.on(Request.of(head.get())))) {
        head = head(wire.fromClient());
      }
    } catch (IOException gone) {
      // The one or the other has hung up: so does this.
    }
  }

  /** One client's connection and the one that it is passed on to. */
  private record Wire(
      Socket client,
      InputStream fromClient,
      OutputStream toClient,
      InputStream fromServer,
      OutputStream toServer) {

    /** Passes one request and its answer on; whether another may follow. */
    boolean pass(String head, Fault fault) throws IOException {
      if (fault == Fault.RESET) {
        reset();
        return false;
      }
      boolean waits = header(head, "Expect").isPresent();
      if (fault == Fault.BUSY || fault == Fault.FULL) {
        if (!waits) {
          copy(fromClient, OutputStream.nullOutputStream(), Body.of(head));
        }
        return fault == Fault.BUSY
            ? refuse("503 Slow Down", "SlowDown")
            : refuse("507 Insufficient Storage", "InsufficientStorage");
      }
      toServer.write(head.getBytes(ISO_8859_1));
      toServer.flush();
      String answer = "";
      if (waits) {
        answer = head(fromServer).orElse("");
        if (answer.startsWith("HTTP/1.1 100")) {
          toClient.write(answer.getBytes(ISO_8859_1));
          toClient.flush();
          answer = "";
        }
      }
      if (answer.isEmpty()) {
        copy(fromClient, toServer, Body.of(head));
        toServer.flush();
        answer = head(fromServer).orElse("");
      }
      return answer.isEmpty() ? false : answer(head, answer, fault);
    }

    private boolean answer(String head, String answer, Fault fault) throws IOException {
      if (fault == Fault.LOST_ANSWER) {
        reset();
        return false;
      }
      toClient.write(answer.getBytes(ISO_8859_1));
      boolean hasBody =
          !head.startsWith("HEAD ") && !answer.contains(" 204 ") && !answer.contains(" 304 ");
      if (hasBody) {
        byte[] body = readBody(answer);
        switch (fault) {
          case NONE, BUSY, FULL, RESET, LOST_ANSWER -> toClient.write(body);
          case CUT_AT_A_QUARTER -> {
            return cut(body, 0.25);
          }
          case CUT_AT_HALF -> {
            return cut(body, 0.5);
          }
          case CUT_AT_THREE_QUARTERS -> {
            return cut(body, 0.75);
          }
          case STALL -> {
            cut(body, 0.5);
            fromClient.transferTo(OutputStream.nullOutputStream()); // until it gives up
            return false;
          }
          case FLIPPED_BIT -> {
            if (body.length > 0) {
              body[body.length / 2] ^= 1;
            }
            toClient.write(body);
          }
        }
      }
      toClient.flush();
      return header(answer, "Connection").filter("close"::equalsIgnoreCase).isEmpty();
    }

    private byte[] readBody(String answer) throws IOException {
      ByteArrayOutputStream body = new ByteArrayOutputStream();
      copy(fromServer, body, Body.of(answer));
      return body.toByteArray();
    }

    private boolean cut(byte[] body, double share) throws IOException {
      toClient.write(Arrays.copyOf(body, (int) (body.length * share)));
      toClient.flush();
      return false;
    }

    private boolean refuse(String status, String code) throws IOException {
      String body = "<Error><Code>" + code + "</Code><Message>No.</Message></Error>";
      toClient.write(
          ("HTTP/1.1 "
                  + status
                  + "\r\nContent-Type: application/xml\r\nConnection: close\r\n"
                  + "Content-Length: "
                  + body.length()
                  + "\r\n\r\n"
                  + body)
              .getBytes(ISO_8859_1));
      toClient.flush();
      return false;
    }

    private void reset() throws IOException {
      client.setSoLinger(true, 0);
      client.close();
    }
  }

  /** How a message's body ends. */
  private record Body(boolean chunked, long length) {
    static Body of(String head) {
      boolean chunked =
          header(head, "Transfer-Encoding").filter("chunked"::equalsIgnoreCase).isPresent();
      return new Body(chunked, header(head, "Content-Length").map(Long::parseLong).orElse(0L));
    }
  }

  private static void copy(InputStream in, OutputStream out, Body body) throws IOException {
    if (!body.chunked()) {
      copy(in, out, body.length());
      return;
    }
    while (true) {
      String size = line(in, out);
      long length = Long.parseLong(size.split(";", 2)[0].strip(), 16);
      if (length == 0) {
        while (!line(in, out).isEmpty()) {
          // trailers
        }
        return;
      }
      copy(in, out, length);
      line(in, out);
    }
  }

  private static void copy(InputStream in, OutputStream out, long length) throws IOException {
    byte[] buffer = new byte[1 << 16];
    for (long left = length; left > 0; ) {
      int count = in.read(buffer, 0, (int) Math.min(buffer.length, left));
      if (count < 0) {
        throw new EOFException("hung up within a body");
      }
      out.write(buffer, 0, count);
      left -= count;
    }
  }

  private static String line(InputStream in, OutputStream out) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    int next = 0;
    while (next != '\n') {
      next = in.read();
      if (next < 0) {
        throw new EOFException("hung up within a line");
      }
      line.write(next);
    }
    line.writeTo(out);
    return line.toString(ISO_8859_1).strip();
  }

  /** Everything up to the empty line; empty when the other side has hung up. */
  private static Optional<String> head(InputStream in) throws IOException {
    StringBuilder head = new StringBuilder();
    while (head.length() < 4 || !head.substring(head.length() - 4).equals("\r\n\r\n")) {
      int next = in.read();
      if (next < 0) {
        return Optional.empty();
      }
      head.append((char) next);
    }
    return Optional.of(head.toString());
  }

  private static Optional<String> header(String head, String name) {
    String start = name.toLowerCase(Locale.ROOT) + ":";
    return head.lines()
        .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(start))
        .map(line -> line.substring(start.length()).strip())
        .findFirst();
  }

  @Override
  public void close() {
    try {
      listening.close();
    } catch (IOException failure) {
      throw new AssertionError("The wire does not close", failure);
    }
    threads.shutdownNow();
  }
}
