package io.sightglass.engine.storage;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.GetObjectRequest;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.MultipartUpload;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.S3Object;
import software.amazon.awssdk.services.s3.model.ServerSideEncryption;

/**
 * An object store in a bucket of S3, or of a service that speaks its protocol. Thread-safe; several
 * processes may share it.
 *
 * <p>Requests that fail in a way that may pass are sent again, with growing random pauses, within a
 * budget. Reads resume where they broke. A listing does not tell versions.
 */
public final class S3ObjectStore implements ObjectStore {

  private static final Logger LOG = LoggerFactory.getLogger(S3ObjectStore.class);

  private static final String READ = "s3:GetObject, and s3:ListBucket to tell what is not there";
  private static final String WRITE = "s3:PutObject";

  private final S3Connection connection;
  private final S3Location location;
  private final S3Etags etags = new S3Etags();

  /**
   * A store in a bucket, which is there already; nothing is asked yet.
   *
   * @param connection closed by whoever made it
   */
  public S3ObjectStore(S3Connection connection, S3Location location) {
    this.connection = connection;
    this.location = location;
  }

  @Override
  public Stream<StoredObject> list(String prefix) {
    int slash = prefix.lastIndexOf('/');
    if (slash >= 0) {
      ObjectKeys.check(prefix.substring(0, slash));
    }
    String root = location.key("");
    String wanted = location.key(prefix);
    return new S3Listing(connection, location.bucket(), wanted)
        .stream()
            .filter(object -> !object.key().endsWith("/")) // what a console shows as a folder
            .map(object -> listed(object, object.key().substring(root.length())))
            .filter(object -> isKey(object.key()));
  }

  private static StoredObject listed(S3Object object, String key) {
    return new StoredObject(
        key, unquoted(object.eTag()), null, object.size(), object.lastModified());
  }

  private static boolean isKey(String key) {
    if (ObjectKeys.mistake(key) != null) {
      LOG.warn("An object is left out of a listing: its name can be no key");
      return false;
    }
    return true;
  }

  @Override
  public Optional<StoredObject> find(String key) {
    ObjectKeys.check(key);
    try {
      HeadObjectResponse head =
          client().headObject(request -> request.bucket(location.bucket()).key(location.key(key)));
      return Optional.of(
          new StoredObject(
              key,
              unquoted(head.eTag()),
              head.versionId(),
              head.contentLength(),
              head.lastModified()));
    } catch (SdkException e) {
      if (S3Failures.isStatus(e, 404)) {
        return Optional.empty();
      }
      throw failed(explained(e, key), "An object cannot be looked up", READ);
    }
  }

  /** The answer to a request whose answer has a body to say what is wrong. */
  private SdkException explained(SdkException silent, String key) {
    if (silent instanceof AwsServiceException answer && S3Failures.isSilent(answer)) {
      try {
        client().getObject(request(key).range("bytes=0-0").build()).abort();
      } catch (SdkException e) {
        e.addSuppressed(silent);
        return e;
      }
    }
    return silent;
  }

  @Override
  public InputStream read(String key, long offset) {
    ObjectKeys.check(key);
    try {
      return new S3Reading((position, etag) -> open(key, position, etag), offset, etags);
    } catch (EngineException e) {
      if (e.code() == ErrorCode.INVALID_REQUEST) {
        return InputStream.nullInputStream(); // as of a file
      }
      throw e;
    }
  }

  private ResponseInputStream<GetObjectResponse> open(
      String key, long position, @Nullable String etag) {
    GetObjectRequest.Builder request = request(key).ifMatch(etag);
    if (position > 0) {
      request.range("bytes=" + position + "-");
    } else {
      request.overrideConfiguration(
          override -> override.putHeader("x-amz-checksum-mode", "ENABLED"));
    }
    try {
      return client().getObject(request.build());
    } catch (SdkException e) {
      if (S3Failures.isCode(e, "NoSuchKey")) {
        throw new EngineException(ErrorCode.NOT_FOUND, "There is no object of that key", e);
      }
      if (S3Failures.isStatus(e, 412)) {
        throw new EngineException(
            ErrorCode.STORE_UNAVAILABLE, "An object was replaced while it was read", e);
      }
      if (S3Failures.isStatus(e, 416)) {
        throw new EngineException(
            ErrorCode.INVALID_REQUEST, "An object cannot be read from beyond its end", e);
      }
      throw failed(e, "An object cannot be read", READ);
    }
  }

  private GetObjectRequest.Builder request(String key) {
    return GetObjectRequest.builder().bucket(location.bucket()).key(location.key(key));
  }

  @Override
  public StoredObject put(String key, Path file) {
    ObjectKeys.check(key);
    try {
      long size = Files.size(file);
      if (size > S3Upload.PART_BYTES) {
        new S3Upload(connection, location, key, file, size).run();
      } else {
        client().putObject(newObject(key).build(), RequestBody.fromFile(file));
      }
    } catch (SdkException e) {
      throw failed(e, "An object cannot be written", WRITE);
    } catch (IOException e) {
      throw new EngineException(
          ErrorCode.STORE_UNAVAILABLE, "A file to store cannot be read back", e);
    }
    return stored(key);
  }

  @Override
  public StoredObject create(String key, byte[] content) {
    ObjectKeys.check(key);
    try {
      client().putObject(newObject(key).ifNoneMatch("*").build(), RequestBody.fromBytes(content));
    } catch (SdkException e) {
      // The answer to an earlier try may have been lost, so that the object is there already.
      if (!S3Failures.isStatus(e, 412)
          && !S3Failures.isStatus(e, 409)
          && !S3Failures.isUnanswered(e)) {
        throw failed(e, "An object cannot be written", WRITE);
      }
      return sameContent(key, content, e);
    }
    return stored(key);
  }

  private StoredObject sameContent(String key, byte[] content, SdkException cause) {
    Optional<StoredObject> there;
    boolean isSame;
    try {
      there = find(key);
      isSame = there.isPresent() && Arrays.equals(read(key), content);
    } catch (EngineException e) {
      e.addSuppressed(cause);
      throw e;
    }
    if (isSame) {
      return there.get();
    }
    if (there.isPresent()) {
      throw new EngineException(
          ErrorCode.CONFLICT, "An object of that key exists with other content", cause);
    }
    throw failed(cause, "An object cannot be written", WRITE);
  }

  private byte[] read(String key) {
    try (InputStream in = read(key, 0)) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new EngineException(
          ErrorCode.STORE_UNAVAILABLE, "An object that exists already cannot be compared", e);
    }
  }

  private PutObjectRequest.Builder newObject(String key) {
    PutObjectRequest.Builder request =
        PutObjectRequest.builder().bucket(location.bucket()).key(location.key(key));
    if (location.kmsKey() != null) {
      request.serverSideEncryption(ServerSideEncryption.AWS_KMS).ssekmsKeyId(location.kmsKey());
    }
    return request;
  }

  @Override
  public void delete(String key) {
    ObjectKeys.check(key);
    try {
      client().deleteObject(request -> request.bucket(location.bucket()).key(location.key(key)));
    } catch (SdkException e) {
      if (!S3Failures.isCode(e, "NoSuchKey")) {
        throw failed(e, "An object cannot be deleted", "s3:DeleteObject");
      }
    }
  }

  @Override
  public int removeUnfinished(Instant before) {
    String root = location.key("");
    int removed = 0;
    try {
      for (MultipartUpload upload :
          client()
              .listMultipartUploadsPaginator(
                  request -> request.bucket(location.bucket()).prefix(root))
              .uploads()) {
        if (upload.initiated().isBefore(before)) {
          client()
              .abortMultipartUpload(request ->
                  request.bucket(location.bucket()).key(upload.key()).uploadId(upload.uploadId()));
          removed++;
        }
      }
    } catch (SdkException e) {
      throw failed(
          e,
          "Unfinished uploads cannot be removed",
          "s3:ListBucketMultipartUploads and s3:AbortMultipartUpload");
    }
    return removed;
  }

  @Override
  public Optional<Path> findLocal(String key) {
    ObjectKeys.check(key);
    return Optional.empty();
  }

  @Override
  public String uri() {
    return location.uri();
  }

  private S3Client client() {
    return connection.client();
  }

  private StoredObject stored(String key) {
    return find(key)
        .orElseThrow(() ->
            new EngineException(
                ErrorCode.STORE_UNAVAILABLE, "An object has gone while it was stored"));
  }

  private EngineException failed(SdkException failure, String what, String rights) {
    LOG.warn("{} in {}", what, location.uri(), failure);
    return S3Failures.translate(failure, what, rights);
  }

  private static String unquoted(@Nullable String etag) {
    return etag == null ? "" : etag.replace("\"", "");
  }
}
