package io.sightglass.engine.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.model.MultipartUpload;

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

  @Test
  void aNameThatCanBeNoKeyHidesNoOther() throws Exception {
    Path folder = Files.createDirectories(buckets.resolve("lake/odd"));
    for (String name : List.of("a", "b\u0001c", "d\ne", "f")) {
      Files.writeString(folder.resolve(name), "x");
    }
    try (Stream<ObjectStore.StoredObject> odd =
        TestingS3.store(connection, "lake", "odd").list("")) {
      assertThat(odd.map(ObjectStore.StoredObject::key)).containsExactly("a", "f");
    }
  }

  @Test
  void unfinishedUploadsAreRemovedBelowTheRootAloneAndNothingElse() throws Exception {
    ObjectStore store = TestingS3.store(connection, "lake", "uploads/below");
    Path file = Files.writeString(buckets.resolve("whole.txt"), "whole");
    store.put("whole", file);
    String own = begin("uploads/below/t/half.parquet");
    String other = begin("uploads/below/t/other.parquet");
    begin("uploads/below-not/half.parquet");
    assertThat(store.removeUnfinished(Instant.now().minus(Duration.ofHours(1)))).isZero();
    assertThat(unfinished()).contains(own, other).hasSize(3);

    assertThat(store.removeUnfinished(Instant.now().plus(Duration.ofHours(1)))).isEqualTo(2);
    assertThat(unfinished()).doesNotContain(own, other).hasSize(1);
    assertThat(store.removeUnfinished(Instant.now().plus(Duration.ofHours(1)))).isZero();
    try (InputStream whole = store.read("whole", 0)) {
      assertThat(whole).hasContent("whole");
    }
    assertThat(store.find("t/half.parquet")).isEmpty();
  }

  /** An upload of which one part has come when its process dies. */
  private static String begin(String key) {
    String id =
        connection
            .client()
            .createMultipartUpload(request -> request.bucket("lake").key(key))
            .uploadId();
    connection
        .client()
        .uploadPart(
            request -> request.bucket("lake").key(key).uploadId(id).partNumber(1),
            RequestBody.fromString("half"));
    return id;
  }

  private static List<String> unfinished() {
    return connection
        .client()
        .listMultipartUploads(request -> request.bucket("lake").prefix("uploads/"))
        .uploads()
        .stream()
        .map(MultipartUpload::uploadId)
        .toList();
  }

  @Override
  ObjectStore emptyStore() {
    return TestingS3.store(connection, "lake", "store-" + stores++ + "/below");
  }
}
