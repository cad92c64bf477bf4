package io.sightglass.engine.table;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.sightglass.engine.database.DatabaseSettings;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A way to a PostgreSQL server that can lose the answer to a COMMIT: the server has committed, the
 * client never hears of it. It can also be cut for a while.
 */
public final class TestingCutConnection implements AutoCloseable {

  private final ServerSocket entrance;
  private final int server;
  private final AtomicInteger losses = new AtomicInteger();
  private final Set<Cut> open = ConcurrentHashMap.newKeySet();
  private volatile @Nullable String after;
  private volatile boolean isDown;

  /** A way to a server on this machine. */
  public TestingCutConnection(int server) throws IOException {
    this.server = server;
    this.entrance = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(this::accept);
  }

  /** A way to the server of {@code settings}, by which every statement goes in text. */
  public static TestingCutConnection to(DatabaseSettings settings) throws IOException {
    return new TestingCutConnection(server(settings).getPort());
  }

  /** The settings of a database by this way. */
  public DatabaseSettings by(DatabaseSettings settings, Duration patience) {
    URI direct = server(settings);
    String everyTimeInText = (direct.getQuery() == null ? "?" : "&") + "prepareThreshold=0";
    return new DatabaseSettings(
        settings.url().replace(":" + direct.getPort(), ":" + port()) + everyTimeInText,
        settings.user(),
        settings.password(),
        patience);
  }

  private static URI server(DatabaseSettings settings) {
    return URI.create(settings.url().substring("jdbc:".length()));
  }

  int port() {
    return entrance.getLocalPort();
  }

  /** From now on the server is gone: what is open breaks, and what is new does too. */
  public void goDown() {
    isDown = true;
    open.forEach(Cut::close);
  }

  /** The server is there again. */
  public void comeBack() {
    isDown = false;
  }

  /** Loses the answer to the next COMMIT on a connection over which {@code text} went. */
  public void loseTheAnswerAfter(String text) {
    after = text;
  }

  /** How many answers were lost. */
  public int losses() {
    return losses.get();
  }

  private void accept() {
    while (!entrance.isClosed()) {
      try {
        Socket client = entrance.accept();
        if (isDown) {
          client.close();
          continue;
        }
        Socket backend = new Socket(InetAddress.getLoopbackAddress(), server);
        Cut cut = new Cut(client, backend);
        open.add(cut);
        if (isDown) {
          cut.close();
        }
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
      open.remove(this);
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
