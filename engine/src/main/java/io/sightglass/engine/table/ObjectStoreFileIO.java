package io.sightglass.engine.table;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.storage.ObjectStore;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import org.apache.iceberg.exceptions.AlreadyExistsException;
import org.apache.iceberg.exceptions.NotFoundException;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.io.InputFile;
import org.apache.iceberg.io.OutputFile;
import org.apache.iceberg.io.PositionOutputStream;
import org.apache.iceberg.io.SeekableInputStream;
import org.jspecify.annotations.Nullable;

/**
 * Iceberg's metadata files in an object store. Thread-safe.
 *
 * <p>They are small, written once and never changed: each is read and written whole, and kept in
 * memory up to a limit. A location outside the store is refused.
 */
final class ObjectStoreFileIO implements FileIO {

  private static final long serialVersionUID = 1L;

  private static final long CACHE_BYTES = 64L << 20;

  /** Where the store was before it was restored; no table's folder begins like this. */
  private static final String FORMER_ROOTS = "_former-roots";

  private final transient ObjectStore store;
  private transient volatile @Nullable List<String> formerRoots;
  private final transient Cache<String, byte[]> cache =
      Caffeine.newBuilder()
          .maximumWeight(CACHE_BYTES)
          .weigher((String key, byte[] content) -> key.length() + content.length)
          .build();

  ObjectStoreFileIO(ObjectStore store) {
    this.store = store;
  }

  /** The location of an object. */
  String location(String key) {
    return store.uri() + "/" + key;
  }

  /**
   * The key of what lies at {@code location}.
   *
   * @throws EngineException {@code INTERNAL} when that is not in this store
   */
  String key(String location) {
    String root = store.uri() + "/";
    if (location.startsWith(root)) {
      return location.substring(root.length());
    }
    for (String former : formerRoots()) {
      if (location.startsWith(former + "/")) {
        return location.substring(former.length() + 1);
      }
    }
    throw new EngineException(
        ErrorCode.INTERNAL, "A table's metadata names a file outside the table's store");
  }

  /** The store's root, then those that it had before its files were restored here. */
  List<String> roots() {
    List<String> roots = new ArrayList<>(List.of(store.uri()));
    roots.addAll(formerRoots());
    return List.copyOf(roots);
  }

  /** Lets locations below {@code roots} count as below the store's own root. */
  void rememberRoots(List<String> roots) {
    List<String> former = roots.stream().filter(root -> !root.equals(store.uri())).toList();
    if (!former.isEmpty()) {
      store.create(FORMER_ROOTS, String.join("\n", former).getBytes(UTF_8));
      formerRoots = former;
    }
  }

  /** Looked up when a location is not below the root: few stores have any. */
  private List<String> formerRoots() {
    List<String> known = formerRoots;
    if (known == null) {
      known =
          store.find(FORMER_ROOTS).isEmpty()
              ? List.of()
              : new String(read(FORMER_ROOTS), UTF_8).lines().toList();
      formerRoots = known;
    }
    return known;
  }

  @Override
  public InputFile newInputFile(String location) {
    return new Input(location);
  }

  @Override
  public OutputFile newOutputFile(String location) {
    return new Output(location);
  }

  @Override
  public void deleteFile(String location) {
    String key = key(location);
    cache.invalidate(key);
    store.delete(key);
  }

  private byte[] content(String location) {
    return cache.get(key(location), this::read);
  }

  private byte[] read(String key) {
    try (InputStream in = store.read(key, 0)) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new EngineException(
          ErrorCode.STORE_UNAVAILABLE, "A table's metadata cannot be read", e);
    } catch (EngineException e) {
      if (e.code() == ErrorCode.NOT_FOUND) {
        throw new NotFoundException(e, "A table's metadata file is missing: %s", key);
      }
      throw e;
    }
  }

  /** A file to read. */
  private final class Input implements InputFile {
    private final String location;

    Input(String location) {
      this.location = location;
    }

    @Override
    public long getLength() {
      return content(location).length;
    }

    @Override
    public SeekableInputStream newStream() {
      return new Content(content(location));
    }

    @Override
    public String location() {
      return location;
    }

    @Override
    public boolean exists() {
      return store.find(key(location)).isPresent();
    }
  }

  /** A file to write. */
  private final class Output implements OutputFile {
    private final String location;

    Output(String location) {
      this.location = location;
    }

    @Override
    public PositionOutputStream create() {
      return new Upload(key(location));
    }

    /** Every location is new: it holds a random UUID. Nothing is ever overwritten. */
    @Override
    public PositionOutputStream createOrOverwrite() {
      return create();
    }

    @Override
    public String location() {
      return location;
    }

    @Override
    public InputFile toInputFile() {
      return newInputFile(location);
    }
  }

  /** Collects a file and stores it when closed. */
  private final class Upload extends PositionOutputStream {
    private final String key;
    private final ByteArrayOutputStream content = new ByteArrayOutputStream();
    private boolean closed;

    Upload(String key) {
      this.key = key;
    }

    @Override
    public long getPos() {
      return content.size();
    }

    @Override
    public void write(int b) {
      content.write(b);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
      content.write(bytes, offset, length);
    }

    @Override
    public void close() {
      if (closed) {
        return;
      }
      closed = true;
      byte[] bytes = content.toByteArray();
      try {
        store.create(key, bytes);
      } catch (EngineException e) {
        if (e.code() == ErrorCode.CONFLICT) {
          throw new AlreadyExistsException(e, "A metadata file exists already: %s", key);
        }
        throw e;
      }
      cache.put(key, bytes);
    }
  }

  /** Bytes in memory as Iceberg reads them. */
  private static final class Content extends SeekableInputStream {
    private final byte[] bytes;
    private int position;

    Content(byte[] bytes) {
      this.bytes = bytes;
    }

    @Override
    public long getPos() {
      return position;
    }

    @Override
    public void seek(long to) throws IOException {
      if (to < 0 || to > bytes.length) {
        throw new IOException("Position " + to + "; allowed: 0 to " + bytes.length);
      }
      position = (int) to;
    }

    @Override
    public int read() {
      return position < bytes.length ? bytes[position++] & 0xff : -1;
    }

    @Override
    public int read(byte[] buffer, int offset, int length) {
      if (length == 0) {
        return 0;
      }
      if (position == bytes.length) {
        return -1;
      }
      int count = Math.min(length, bytes.length - position);
      System.arraycopy(bytes, position, buffer, offset, count);
      position += count;
      return count;
    }

    @Override
    public int available() {
      return bytes.length - position;
    }
  }
}
