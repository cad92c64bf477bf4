package io.sightglass.engine.ingest;

import io.sightglass.engine.storage.LocalObjectStore;
import io.sightglass.engine.storage.ObjectStore;
import java.nio.file.Path;

/**
 * The stores of a deployment in one folder, for tests: {@code landing}, {@code warehouse/data},
 * {@code warehouse/vault} and {@code vault/rejects} below it.
 */
record TestingStores(
    ObjectStore landing, ObjectStore data, ObjectStore vault, ObjectStore rejects) {

  /** Folders used in place. */
  static TestingStores local(Path folder) {
    return new TestingStores(
        new LocalObjectStore(folder.resolve("landing"), LocalObjectStore.Privacy.SHARED),
        new LocalObjectStore(folder.resolve("warehouse/data"), LocalObjectStore.Privacy.SHARED),
        new LocalObjectStore(folder.resolve("warehouse/vault"), LocalObjectStore.Privacy.PRIVATE),
        new LocalObjectStore(folder.resolve("vault/rejects"), LocalObjectStore.Privacy.PRIVATE));
  }
}
