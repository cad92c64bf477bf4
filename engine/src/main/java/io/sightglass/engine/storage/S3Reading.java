package io.sightglass.engine.storage;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import java.io.IOException;
import java.io.InputStream;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/**
 * The bytes of one object. Used by one thread.
 *
 * <p>A transfer that breaks off is resumed where it broke, from the same version of the object; one
 * read from its begin to its end is checked against the store's own checksum, where it has one.
 */
final class S3Reading extends InputStream {

  private static final Logger LOG = LoggerFactory.getLogger(S3Reading.class);

  /** How often in a row a transfer may break without having come further by {@link #PROGRESS}. */
  private static final int BREAKS = 5;

  private static final long PROGRESS = 1 << 20;
  private static final long FIRST_PAUSE_MILLIS = 50;

  /** Asks for the bytes of an object from a position on. */
  @FunctionalInterface
  interface Source {
    /**
     * The bytes from {@code position} on.
     *
     * @param etag the version asked for; null: the newest
     * @throws EngineException when they cannot be had
     */
    ResponseInputStream<GetObjectResponse> open(long position, @Nullable String etag);
  }

  private final Source source;
  private final @Nullable String etag;
  private final long end;
  private final @Nullable S3Checksum checksum;
  private @Nullable ResponseInputStream<GetObjectResponse> body;
  private long position;
  private long brokeAt;
  private int breaks;
  private boolean isChecked;
  private boolean isDamaged;

  /**
   * Opens the object at {@code offset}, which is before its end.
   *
   * @param etags of its store
   */
  S3Reading(Source source, long offset, S3Etags etags) {
    this.source = source;
    ResponseInputStream<GetObjectResponse> first = source.open(offset, null);
    body = first;
    position = offset;
    brokeAt = offset;
    etag = first.response().eTag();
    end = offset + first.response().contentLength();
    checksum = offset == 0 ? find(first.response(), etags) : null;
  }

  private static @Nullable S3Checksum find(GetObjectResponse object, S3Etags etags) {
    return S3Crc.find(object).or(() -> etags.find(object)).orElse(null);
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    while (position < end) {
      try {
        int count = body().read(buffer, offset, length);
        if (count >= 0) {
          position += count;
          if (checksum != null) {
            checksum.update(buffer, offset, count);
          }
          return count;
        }
        resumeAfter(new IOException("The answer ended before its end"));
      } catch (IOException | SdkException e) {
        resumeAfter(e);
      }
    }
    if (checksum != null && !isChecked) {
      isChecked = true;
      isDamaged = !checksum.fits();
    }
    if (isDamaged) {
      throw new DamagedTransferException();
    }
    return -1;
  }

  private ResponseInputStream<GetObjectResponse> body() {
    ResponseInputStream<GetObjectResponse> open = body;
    if (open == null) {
      open = source.open(position, etag);
      body = open;
    }
    return open;
  }

  private void resumeAfter(Exception failure) {
    abort();
    breaks = position - brokeAt >= PROGRESS ? 1 : breaks + 1;
    brokeAt = position;
    if (breaks > BREAKS) {
      throw new EngineException(
          ErrorCode.STORE_UNAVAILABLE,
          "An object cannot be read: the store breaks off again and again",
          failure);
    }
    LOG.info("A transfer broke off at {} of {} bytes and is resumed", position, end, failure);
    try {
      Thread.sleep(ThreadLocalRandom.current().nextLong(FIRST_PAUSE_MILLIS << breaks));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new EngineException(
          ErrorCode.STORE_UNAVAILABLE, "Interrupted while an object was read", e);
    }
  }

  /** Lets go without reading the rest. */
  private void abort() {
    ResponseInputStream<GetObjectResponse> open = body;
    body = null;
    if (open != null) {
      open.abort();
    }
  }

  @Override
  public void close() throws IOException {
    ResponseInputStream<GetObjectResponse> open = body;
    body = null;
    if (open == null) {
      return;
    }
    if (position < end) {
      open.abort();
    } else {
      open.close(); // the connection serves the next request
    }
  }
}
