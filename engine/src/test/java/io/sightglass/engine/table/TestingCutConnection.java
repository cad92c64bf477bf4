package io.sightglass.engine.table;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A way to a PostgreSQL server that can lose the answer to a COMMIT: the server has committed, the
 * client never hears of it.
 */
final class TestingCutConnection implements AutoCloseable {

  private final ServerSocket entrance;
  private final int server;
  private final AtomicInteger losses = new AtomicInteger();
  private volatile @Nullable String after;

  TestingCutConnection(int server) throws IOException {
    this.server = server;
    this.entrance = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(this::accept);
  }

  int port() {
    return entrance.getLocalPort();
  }

  /** Loses the answer to the next COMMIT on a connection over which {@code text} went. */
  void loseTheAnswerAfter(String text) {
    after = text;
  }

  int losses() {
    return losses.get();
  }

  private void accept() {
    while (!entrance.isClosed()) {
      try {
        Socket client = entrance.accept();
        Socket backend = new Socket(InetAddress.getLoopbackAddress(), server);
        Cut cut = new Cut(client, backend);
        Thread.ofVirtual().start(cut::fromClient);
        Thread.ofVirtual().start(cut::fromServer);
      } catch (IOException e) {
        return; // closed
      }
    }
  }

  /** One connection, both ways. */
  private final class Cut {
    private final Socket client;
    private final Socket backend;
    private boolean marked;
    private volatile boolean silent;

    Cut(Socket client, Socket backend) {
      this.client = client;
      this.backend = backend;
    }

    void fromClient() {
      byte[] buffer = new byte[1 << 16];
      try {
        InputStream in = client.getInputStream();
        OutputStream out = backend.getOutputStream();
        for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
          String said = new String(buffer, 0, count, ISO_8859_1);
          String wanted = after;
          marked |= wanted != null && said.contains(wanted);
          if (marked && said.contains("COMMIT")) {
            after = null;
            marked = false;
            silent = true;
          }
          out.write(buffer, 0, count);
        }
      } catch (IOException e) {
        // the other way has closed it
      } finally {
        close();
      }
    }

    void fromServer() {
      byte[] buffer = new byte[1 << 16];
      try {
        InputStream in = backend.getInputStream();
        OutputStream out = client.getOutputStream();
        for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
          if (silent) {
            losses.incrementAndGet(); // the server has answered, so it has committed
            return;
          }
          out.write(buffer, 0, count);
        }
      } catch (IOException e) {
        // the other way has closed it
      } finally {
        close();
      }
    }

    private void close() {
      try {
        client.close();
        backend.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  @Override
  public void close() throws IOException {
    entrance.close();
  }
}
