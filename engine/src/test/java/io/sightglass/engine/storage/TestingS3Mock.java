package io.sightglass.engine.storage;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Adobe's S3Mock in a process of its own: what it is made of does not go with what the service is
 * made of. It checks no signature, but counts the checksums that S3 counts.
 */
final class TestingS3Mock implements AutoCloseable {

  /** The one bucket that is there. */
  static final String BUCKET = "lake";

  /** The one key that its KMS knows. */
  static final String KMS_KEY = "known-key";

  /** The build puts it there. */
  private static final Path JAR = Path.of("target", "s3mock", "s3mock.jar");

  private static final Pattern PORT =
      Pattern.compile("Tomcat started on ports.* ([0-9]+) \\(http\\)");
  private static final Duration START = Duration.ofMinutes(3);
  private static final long LOOK_MILLIS = 100;

  private final Process process;
  private final URI endpoint;

  private TestingS3Mock(Process process, URI endpoint) {
    this.process = process;
    this.endpoint = endpoint;
  }

  /** Starts it; what it prints and keeps goes to {@code folder}. */
  static TestingS3Mock start(Path folder) {
    Path log = folder.resolve("s3mock.log");
    try {
      Process process =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-Xmx256m",
                  "-Djava.io.tmpdir=" + folder,
                  "-jar",
                  JAR.toAbsolutePath().toString(),
                  "--server.port=0",
                  "--http.port=0",
                  "--com.adobe.testing.s3mock.store.initial-buckets=" + BUCKET,
                  "--com.adobe.testing.s3mock.store.valid-kms-keys=arn:aws:kms:us-east-1:1234567890:key/"
                      + KMS_KEY,
                  "--vectors.http.port=0",
                  "--vectors.https.port=0")
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start();
      return new TestingS3Mock(process, endpoint(process, log));
    } catch (IOException e) {
      throw new AssertionError("S3Mock does not start", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("S3Mock does not start", e);
    }
  }

  private static URI endpoint(Process process, Path log) throws IOException, InterruptedException {
    long end = System.nanoTime() + START.toNanos();
    while (true) {
      Matcher port = PORT.matcher(Files.readString(log));
      if (port.find()) {
        return URI.create("http://127.0.0.1:" + port.group(1));
      }
      if (process.waitFor(LOOK_MILLIS, TimeUnit.MILLISECONDS) || System.nanoTime() > end) {
        process.destroyForcibly();
        throw new AssertionError("S3Mock does not start:\n" + Files.readString(log));
      }
    }
  }

  URI endpoint() {
    return endpoint;
  }

  @Override
  public void close() {
    process.destroy();
  }
}
