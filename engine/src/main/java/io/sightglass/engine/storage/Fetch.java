package io.sightglass.engine.storage;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.storage.FileCache.WantedFile;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestOutputStream;
import java.security.MessageDigest;
import java.util.HexFormat;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One file brought from a store to one place of this machine, and checked. Used once. */
final class Fetch {

  private static final Logger LOG = LoggerFactory.getLogger(Fetch.class);

  /** How often a broken transfer is resumed where it broke. */
  private static final int RESUMPTIONS = 4;

  /** How often a whole file is fetched when its digest does not fit. */
  private static final int ATTEMPTS = 2;

  private static final String FINISHED = ".parquet";

  private final ObjectStore store;
  private final Path target;
  private final WantedFile file;

  /** Bytes of the current download. */
  private long received;

  Fetch(ObjectStore store, Path target, WantedFile file) {
    this.store = store;
    this.target = target;
    this.file = file;
  }

  /** The name of a wanted file in a cache: one for one key, size and digest. */
  static String nameOf(WantedFile file) {
    String identity = file.key() + "\n" + file.size() + "\n" + file.sha256();
    return hex(Digests.sha256().digest(identity.getBytes(StandardCharsets.UTF_8))) + FINISHED;
  }

  static boolean isFinished(String name) {
    return name.endsWith(FINISHED);
  }

  /** The file, whole and right; one that is there already is checked, and fetched if it is not. */
  Path run() throws IOException {
    if (Files.exists(target)) {
      if (Files.size(target) == file.size() && fits(Digests.sha256(target))) {
        return target;
      }
      LOG.warn("A file of the cache differs from its digest and is fetched again: {}", name());
      Files.delete(target);
    }
    Path unfinished = target.resolveSibling(target.getFileName() + ".unfinished");
    try {
      for (int attempt = 1; attempt <= ATTEMPTS; attempt++) {
        String digest = download(unfinished);
        if (!digest.isEmpty() && fits(digest)) {
          return Files.move(unfinished, target, StandardCopyOption.ATOMIC_MOVE);
        }
        LOG.warn("A fetched file differs from its digest, attempt {}: {}", attempt, name());
      }
    } finally {
      Files.deleteIfExists(unfinished);
    }
    throw new EngineException(
        ErrorCode.STORE_UNAVAILABLE,
        "A data file differs from the digest that was recorded when it was written");
  }

  /** Its last part alone: folders tell values of partitions. */
  private String name() {
    return file.key().substring(file.key().lastIndexOf('/') + 1);
  }

  private boolean fits(String digest) {
    return file.sha256() == null || file.sha256().equals(digest);
  }

  /** Fetches into {@code path}; the digest of what came, empty when its length is wrong. */
  private String download(Path path) throws IOException {
    MessageDigest digest = Digests.sha256();
    try (OutputStream out = new DigestOutputStream(Files.newOutputStream(path), digest)) {
      received = 0;
      for (int resumption = 0; ; resumption++) {
        try (InputStream in = store.read(file.key(), received)) {
          receive(in, out);
          break;
        } catch (BrokenTransfer e) {
          if (resumption == RESUMPTIONS) {
            throw e;
          }
        }
      }
    }
    return received == file.size() ? hex(digest.digest()) : "";
  }

  private void receive(InputStream in, OutputStream out) throws IOException {
    byte[] buffer = new byte[128 << 10];
    for (int count = read(in, buffer);
        count >= 0 && received <= file.size();
        count = read(in, buffer)) {
      out.write(buffer, 0, count);
      received += count;
    }
  }

  private static int read(InputStream in, byte[] buffer) throws BrokenTransfer {
    try {
      return in.read(buffer);
    } catch (IOException e) {
      throw new BrokenTransfer(e);
    }
  }

  private static String hex(byte[] digest) {
    return HexFormat.of().formatHex(digest);
  }

  /** A failure to read on, which another request may cure; a failure to write here is none. */
  private static final class BrokenTransfer extends IOException {
    private static final long serialVersionUID = 1L;

    BrokenTransfer(IOException cause) {
      super(cause);
    }
  }
}
