package io.sightglass.engine.storage;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** The contract over S3Proxy, which checks signatures. */
class S3ProxyObjectStoreTest extends ObjectStoreContract {

  @TempDir static Path buckets;

  @SuppressWarnings("NullAway.Init")
  private static TestingS3 server;

  @SuppressWarnings("NullAway.Init")
  private static S3Connection connection;

  private static int stores;

  @BeforeAll
  static void start() {
    server = TestingS3.start(buckets, "lake");
    connection = TestingS3.connect(server.endpoint());
  }

  @AfterAll
  static void stop() {
    connection.close();
    server.close();
  }

  @Override
  ObjectStore emptyStore() {
    return TestingS3.store(connection, "lake", "store-" + stores++ + "/below");
  }
}
