package io.sightglass.engine.ingest;

import io.sightglass.engine.storage.S3Connection;
import io.sightglass.engine.storage.TestingS3;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;

/**
 * All of loading, with every object in S3: the buckets are the folders that the tests look into.
 */
class S3LoadServiceTest extends LoadServiceTest {

  @SuppressWarnings("NullAway.Init")
  private TestingS3 server;

  @SuppressWarnings("NullAway.Init")
  private S3Connection connection;

  @Override
  TestingStores stores(Path below) {
    server = TestingS3.start(below, "landing", "warehouse", "vault");
    connection = TestingS3.connect(server.endpoint());
    return new TestingStores(
        TestingS3.store(connection, "landing", ""),
        TestingS3.store(connection, "warehouse", "data"),
        TestingS3.store(connection, "warehouse", "vault"),
        TestingS3.store(connection, "vault", "rejects"));
  }

  @AfterEach
  void stop() {
    connection.close();
    server.close();
  }
}
