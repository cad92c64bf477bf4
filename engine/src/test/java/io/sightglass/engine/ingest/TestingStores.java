package io.sightglass.engine.ingest;

import io.sightglass.engine.storage.LocalObjectStore;
import io.sightglass.engine.storage.ObjectStore;
import io.sightglass.engine.storage.S3Connection;
import io.sightglass.engine.storage.TestingS3;
import java.nio.file.Path;
import java.util.function.Function;

/**
 * The stores of a deployment in one folder, for tests: {@code landing}, {@code warehouse/data},
 * {@code warehouse/vault} and {@code vault/rejects} below it.
 *
 * @param server what must end with them
 */
record TestingStores(
    ObjectStore landing, ObjectStore data, ObjectStore vault, ObjectStore rejects, Runnable server)
    implements AutoCloseable {

  /** What tests have that do not care; one test runs at a time. */
  private static Function<Path, TestingStores> usual = TestingStores::local;

  /** Stores that need no server of their own. */
  TestingStores(ObjectStore landing, ObjectStore data, ObjectStore vault, ObjectStore rejects) {
    this(landing, data, vault, rejects, () -> {});
  }

  /** What is usual: folders, unless {@link #setUsual} has said otherwise. */
  static TestingStores in(Path folder) {
    return usual.apply(folder);
  }

  static void setUsual(Function<Path, TestingStores> stores) {
    usual = stores;
  }

  /** Folders used in place. */
  static TestingStores local(Path folder) {
    return new TestingStores(
        new LocalObjectStore(folder.resolve("landing"), LocalObjectStore.Privacy.SHARED),
        new LocalObjectStore(folder.resolve("warehouse/data"), LocalObjectStore.Privacy.SHARED),
        new LocalObjectStore(folder.resolve("warehouse/vault"), LocalObjectStore.Privacy.PRIVATE),
        new LocalObjectStore(folder.resolve("vault/rejects"), LocalObjectStore.Privacy.PRIVATE));
  }

  /** The same, but for what comes in. */
  static TestingStores local(Path folder, ObjectStore landing) {
    TestingStores local = local(folder);
    return new TestingStores(landing, local.data(), local.vault(), local.rejects());
  }

  /** A server of their own that checks signatures; its buckets are the same folders. */
  static TestingStores s3(Path folder) {
    TestingS3 server = TestingS3.start(folder, "landing", "warehouse", "vault");
    S3Connection connection = TestingS3.connect(server.endpoint());
    return s3(
        connection,
        () -> {
          connection.close();
          server.close();
        });
  }

  /** The buckets of a server that somebody else closes, or {@code server} does. */
  static TestingStores s3(S3Connection connection, Runnable server) {
    return new TestingStores(
        TestingS3.store(connection, "landing", ""),
        TestingS3.store(connection, "warehouse", "data"),
        TestingS3.store(connection, "warehouse", "vault"),
        TestingS3.store(connection, "vault", "rejects"),
        server);
  }

  @Override
  public void close() {
    server.run();
  }
}
