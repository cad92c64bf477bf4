package io.sightglass.engine.storage;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.ServerSideEncryption;

/**
 * The ETags of one store, as checksums: of an object that was put as a whole, and is not encrypted
 * by a key of somebody's, most stores give the MD5 digest. Thread-safe.
 *
 * <p>No protocol promises that. What does not fit is taken for damaged. When the same bytes come
 * again, the object is as the store has it, and its ETag is no digest; where none has fitted
 * before, none of them is looked at any more.
 */
final class S3Etags {

  private static final Pattern MD5 = Pattern.compile("[0-9a-f]{32}");

  /** Of more objects at a time there is no need to know. */
  private static final int MISFITS = 1_000;

  private final Map<String, String> misfits = new ConcurrentHashMap<>();
  private volatile boolean areDigests = true;
  private volatile boolean haveFitted;

  /** The object's own checksum by its ETag; empty where that cannot be one. */
  Optional<S3Checksum> find(GetObjectResponse object) {
    String etag = object.eTag() == null ? "" : object.eTag().replace("\"", "");
    return areDigests && MD5.matcher(etag).matches() && !isOfAnotherText(object)
        ? Optional.of(new Counted(etag))
        : Optional.empty();
  }

  /** Whether the digest is that of what an encryption has made of the object. */
  private static boolean isOfAnotherText(GetObjectResponse object) {
    @Nullable ServerSideEncryption encryption = object.serverSideEncryption();
    return object.sseCustomerAlgorithm() != null
        || (encryption != null && encryption != ServerSideEncryption.AES256);
  }

  private boolean fits(String etag, String digest) {
    if (etag.equals(digest)) {
      haveFitted = true;
      return true;
    }
    if (misfits.size() >= MISFITS) {
      misfits.clear();
    }
    boolean isAsStored = digest.equals(misfits.put(etag, digest));
    if (isAsStored && !haveFitted) {
      areDigests = false;
    }
    return isAsStored;
  }

  /** Used by one thread. */
  private final class Counted implements S3Checksum {
    private final String etag;
    private final MessageDigest counted;

    Counted(String etag) {
      this.etag = etag;
      try {
        counted = MessageDigest.getInstance("MD5");
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException("Every Java has MD5", e);
      }
    }

    @Override
    public void update(byte[] buffer, int offset, int length) {
      counted.update(buffer, offset, length);
    }

    @Override
    public boolean fits() {
      return S3Etags.this.fits(etag, HexFormat.of().formatHex(counted.digest()));
    }
  }
}
