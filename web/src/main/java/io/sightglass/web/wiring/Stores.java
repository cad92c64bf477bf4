package io.sightglass.web.wiring;

import io.sightglass.engine.ingest.backup.BackupStores;
import io.sightglass.engine.storage.LocalObjectStore;
import io.sightglass.engine.storage.LocalObjectStore.Privacy;
import io.sightglass.engine.storage.ObjectStore;
import io.sightglass.engine.storage.S3Connection;
import io.sightglass.engine.storage.S3Location;
import io.sightglass.engine.storage.S3ObjectStore;
import io.sightglass.engine.storage.S3Settings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The object stores of a deployment, each a folder or a bucket, and the folders in which the
 * engines find their files. Thread-safe once made.
 */
final class Stores implements AutoCloseable {

  /** Below a vault in S3; no schema is called so. In a local deployment it is a folder apart. */
  private static final String REJECTS = "_rejects";

  private static final String BACKUP_DATA = "data";

  private final Settings.Stores settings;
  private final DataLayout layout;
  private final ObjectStore landing;
  private final ObjectStore data;
  private final ObjectStore vault;
  private final ObjectStore rejects;

  /** Null where everything is a folder: the SDK's classes are not even loaded then. */
  private @Nullable S3Connection connection;

  private Stores(Settings.Stores settings, DataLayout layout) {
    this.settings = settings;
    this.layout = layout;
    landing = open(settings.landing(), Privacy.SHARED);
    data = open(settings.data(), Privacy.SHARED);
    vault = open(settings.vault(), Privacy.PRIVATE);
    rejects =
        settings.vault().isLocal()
            ? new LocalObjectStore(layout.rejects(), Privacy.PRIVATE)
            : new S3ObjectStore(connection(), location(settings.vault()).below(REJECTS));
  }

  /** Opens them; S3 is not asked for anything yet. */
  static Stores open(Settings settings, DataLayout layout) {
    return new Stores(settings.stores(), layout);
  }

  /** A store, reached as the deployment's own are. */
  ObjectStore open(Settings.Store store, Privacy privacy) {
    return store.isLocal()
        ? new LocalObjectStore(Path.of(store.root()), privacy)
        : new S3ObjectStore(connection(), location(store));
  }

  /**
   * Where backups lie: the ordinary part and the vault's, each encrypted as what it is a copy of.
   *
   * @param root of both
   */
  BackupStores backups(URI root) {
    return new BackupStores(
        open(
            new Settings.Store(Settings.Stores.below(root, BACKUP_DATA), settings.data().kmsKey()),
            Privacy.SHARED),
        open(
            new Settings.Store(Settings.Stores.below(root, "vault"), settings.vault().kmsKey()),
            Privacy.PRIVATE));
  }

  /**
   * The same, by the address of the ordinary part.
   *
   * @return empty where the folder is no more
   */
  Optional<BackupStores> findBackups(String ordinary) {
    // As stores write it, a folder's is its path, blanks and all.
    String data = ordinary.replaceFirst("^file:", "");
    return Optional.of(data)
        .filter(text -> text.endsWith("/" + BACKUP_DATA))
        .filter(text -> text.startsWith("s3:") || Files.isDirectory(Path.of(text)))
        .flatMap(text -> StoreUris.find(text.substring(0, text.lastIndexOf('/'))))
        .map(root -> backups(StoreUris.withoutSlash(root)));
  }

  private synchronized S3Connection connection() {
    S3Connection made = connection;
    if (made == null) {
      Settings.S3 s3 = settings.s3();
      made =
          new S3Connection(
              new S3Settings(
                  s3.endpoint(), s3.pathStyle(), s3.region(), S3Settings.Patience.USUAL));
      connection = made;
    }
    return made;
  }

  private static S3Location location(Settings.Store store) {
    return S3Location.of(store.root(), store.kmsKey());
  }

  ObjectStore landing() {
    return landing;
  }

  /** Of the ordinary tables. */
  ObjectStore data() {
    return data;
  }

  /** Of the vault's tables. */
  ObjectStore vault() {
    return vault;
  }

  ObjectStore rejects() {
    return rejects;
  }

  /** Where the ordinary tables' files are on this machine. */
  List<Path> ordinaryFolders() {
    return folders(settings.data(), layout.ordinaryCache());
  }

  /** Where the files of both sides are. */
  List<Path> allFolders() {
    List<Path> folders = new ArrayList<>(ordinaryFolders());
    folders.addAll(folders(settings.vault(), layout.vaultCache()));
    return List.copyOf(folders);
  }

  private static List<Path> folders(Settings.Store store, Path cache) {
    if (!store.isLocal()) {
      return List.of(cache);
    }
    try {
      return List.of(Path.of(store.root()).toRealPath(), cache);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    if (connection != null) {
      connection.close();
    }
  }
}
