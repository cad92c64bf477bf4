package io.sightglass.engine.storage;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** An object store that tells each call, first to whoever wants to fail or delay it. */
public final class TestingObjectStore implements ObjectStore {

  /** What is asked of the store. */
  public enum Operation {
    LIST,
    FIND,
    READ,
    PUT,
    CREATE,
    DELETE
  }

  /** Runs around each call; may throw, wait, or call {@code call} and throw then. */
  @FunctionalInterface
  public interface Interceptor {
    Object around(Operation operation, String key, Call call);
  }

  /** The call itself. */
  @FunctionalInterface
  public interface Call {
    Object run();
  }

  private final ObjectStore delegate;
  private final boolean remote;
  private final List<String> calls = Collections.synchronizedList(new ArrayList<>());
  private volatile Interceptor interceptor = (operation, key, call) -> call.run();

  private TestingObjectStore(ObjectStore delegate, boolean remote) {
    this.delegate = delegate;
    this.remote = remote;
  }

  /** As a bucket elsewhere: no object is a file of this machine. */
  public static TestingObjectStore remote(Path folder) {
    return new TestingObjectStore(
        new LocalObjectStore(folder, LocalObjectStore.Privacy.SHARED), true);
  }

  /** As the folder that it is. */
  public static TestingObjectStore local(Path folder) {
    return new TestingObjectStore(
        new LocalObjectStore(folder, LocalObjectStore.Privacy.SHARED), false);
  }

  public void intercept(Interceptor with) {
    interceptor = with;
  }

  public void calm() {
    interceptor = (operation, key, call) -> call.run();
  }

  /** {@code OPERATION key} of each call so far. */
  public List<String> calls() {
    synchronized (calls) {
      return List.copyOf(calls);
    }
  }

  public long count(Operation operation) {
    return calls().stream().filter(call -> call.startsWith(operation + " ")).count();
  }

  private <T> T around(Operation operation, String key, Class<T> type, Call call) {
    calls.add(operation + " " + key);
    return type.cast(interceptor.around(operation, key, call));
  }

  @Override
  @SuppressWarnings("unchecked")
  public Stream<StoredObject> list(String prefix) {
    return around(Operation.LIST, prefix, Stream.class, () -> delegate.list(prefix));
  }

  @Override
  @SuppressWarnings("unchecked")
  public Optional<StoredObject> find(String key) {
    return around(Operation.FIND, key, Optional.class, () -> delegate.find(key));
  }

  @Override
  public InputStream read(String key, long offset) {
    return around(Operation.READ, key, InputStream.class, () -> delegate.read(key, offset));
  }

  @Override
  public StoredObject put(String key, Path file) {
    return around(Operation.PUT, key, StoredObject.class, () -> delegate.put(key, file));
  }

  @Override
  public StoredObject create(String key, byte[] content) {
    return around(Operation.CREATE, key, StoredObject.class, () -> delegate.create(key, content));
  }

  @Override
  public void delete(String key) {
    around(
        Operation.DELETE,
        key,
        Object.class,
        () -> {
          delegate.delete(key);
          return key;
        });
  }

  @Override
  public int removeUnfinished(Instant before) {
    return delegate.removeUnfinished(before);
  }

  @Override
  public Optional<Path> findLocal(String key) {
    return remote ? Optional.empty() : delegate.findLocal(key);
  }

  @Override
  public String uri() {
    return delegate.uri();
  }

  /** A stream that breaks after {@code count} bytes. */
  public static InputStream breakingAfter(int count, InputStream stream) {
    return new InputStream() {
      private int left = count;

      @Override
      public int read() throws IOException {
        if (left-- <= 0) {
          throw new IOException("connection reset");
        }
        return stream.read();
      }

      @Override
      public int read(byte[] buffer, int offset, int length) throws IOException {
        if (left <= 0) {
          throw new IOException("connection reset");
        }
        int got = stream.read(buffer, offset, Math.min(length, left));
        left -= Math.max(got, 0);
        return got;
      }

      @Override
      public void close() throws IOException {
        stream.close();
      }
    };
  }

  /** A stream whose first byte came over with a flipped bit. */
  public static InputStream flipped(InputStream stream) {
    return new InputStream() {
      private boolean first = true;

      @Override
      public int read() {
        throw new UnsupportedOperationException("read into a buffer");
      }

      @Override
      public int read(byte[] buffer, int offset, int length) {
        try {
          int got = stream.read(buffer, offset, length);
          if (first && got > 0) {
            buffer[offset] ^= 1;
            first = false;
          }
          return got;
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }

      @Override
      public void close() throws IOException {
        stream.close();
      }
    };
  }
}
