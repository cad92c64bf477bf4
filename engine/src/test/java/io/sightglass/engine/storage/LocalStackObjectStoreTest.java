package io.sightglass.engine.storage;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.net.URI;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.utility.DockerImageName;

/** The contract over LocalStack, where there is Docker. */
class LocalStackObjectStoreTest extends ObjectStoreContract {

  /** Later ones want a token. */
  private static final DockerImageName IMAGE =
      DockerImageName.parse("localstack/localstack:4.14.0");

  private static final int PORT = 4566;
  private static final String BUCKET = "lake";

  private static @Nullable GenericContainer<?> container;
  private static @Nullable S3Connection connection;
  private static int stores;

  @BeforeAll
  static void start() {
    assumeTrue(
        DockerClientFactory.instance().isDockerAvailable(),
        "No Docker here: LocalStack is not asked");
    GenericContainer<?> started =
        new GenericContainer<>(IMAGE)
            .withEnv("SERVICES", "s3")
            .withExposedPorts(PORT)
            .waitingFor(Wait.forHttp("/_localstack/health").forPort(PORT));
    container = started;
    started.start();
    S3Connection made =
        TestingS3.connect(
            URI.create("http://%s:%d".formatted(started.getHost(), started.getMappedPort(PORT))));
    connection = made;
    made.client().createBucket(request -> request.bucket(BUCKET));
  }

  @AfterAll
  static void stop() {
    if (connection != null) {
      connection.close();
    }
    if (container != null) {
      container.close();
    }
  }

  @Override
  ObjectStore emptyStore() {
    if (connection == null) {
      throw new AssertionError("LocalStack does not run");
    }
    return TestingS3.store(connection, BUCKET, "store-" + stores++ + "/below");
  }
}
