package io.sightglass.engine.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import org.gaul.s3proxy.BlobStores;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.blobstore.BlobStore;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.services.s3.model.BucketAlreadyOwnedByYouException;

/** An S3 server in this process that checks signatures; its buckets are folders. */
public final class TestingS3 implements AutoCloseable {

  private static final String KEY = "test-access-key";
  private static final String SECRET = "test-secret-key";

  /** Short, so that a test of a server that does not answer ends soon. */
  private static final S3Settings.Patience PATIENCE =
      new S3Settings.Patience(Duration.ofSeconds(3), Duration.ofSeconds(3), 4);

  private final S3Proxy server;
  private final BlobStore blobs;

  private TestingS3(S3Proxy server, BlobStore blobs) {
    this.server = server;
    this.blobs = blobs;
  }

  /** A server whose buckets are these folders of {@code folder}, which may be there already. */
  public static TestingS3 start(Path folder, String... buckets) {
    Properties properties = new Properties();
    try {
      properties.setProperty(
          "jclouds.filesystem.basedir", Files.createDirectories(folder).toString());
      BlobStore blobs = BlobStores.create("filesystem-nio2", properties);
      S3Proxy server =
          S3Proxy.builder()
              .blobStore(blobs)
              .endpoint(URI.create("http://127.0.0.1:0"))
              .awsAuthentication(AuthenticationType.AWS_V2_OR_V4, KEY, SECRET)
              .v4MaxChunkSize(256 << 20)
              .ignoreUnknownHeaders(true)
              .build();
      server.start();
      for (String bucket : buckets) {
        try {
          blobs.createContainer(bucket);
        } catch (BucketAlreadyOwnedByYouException again) {
          assertThat(folder.resolve(bucket)).isDirectory();
        }
      }
      return new TestingS3(server, blobs);
    } catch (Exception failure) {
      throw new AssertionError("S3Proxy does not start", failure);
    }
  }

  public URI endpoint() {
    return URI.create("http://127.0.0.1:" + server.getPort());
  }

  /** What a process needs in its environment to be let in. */
  public static Map<String, String> environment() {
    return Map.of("AWS_ACCESS_KEY_ID", KEY, "AWS_SECRET_ACCESS_KEY", SECRET);
  }

  /** A connection with the right credentials; {@code endpoint} may be a proxy's. */
  public static S3Connection connect(URI endpoint) {
    return connect(endpoint, SECRET);
  }

  static S3Connection connect(URI endpoint, String secret) {
    return new S3Connection(
        new S3Settings(endpoint, true, "us-east-1", PATIENCE),
        () -> StaticCredentialsProvider.create(AwsBasicCredentials.create(KEY, secret)));
  }

  /** A store below {@code prefix} of a bucket. */
  public static ObjectStore store(S3Connection connection, String bucket, String prefix) {
    return new S3ObjectStore(connection, new S3Location(bucket, prefix, null));
  }

  @Override
  public void close() {
    try {
      server.stop();
      blobs.close();
    } catch (Exception failure) {
      throw new AssertionError("S3Proxy does not stop", failure);
    }
  }
}
