package io.sightglass.engine.storage;

import java.io.InputStream;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/** An object store that is a folder of this machine. Thread-safe. */
@SuppressWarnings("DoNotCallSuggester")
public final class LocalObjectStore implements ObjectStore {

  /** Who may read what the store writes. */
  public enum Privacy {
    /** As the process's umask says. */
    SHARED,
    /** The owner alone: folders 0700, files 0600. */
    PRIVATE
  }

  private final Path root;

  /** A store below {@code root}, which is made if absent. */
  public LocalObjectStore(Path root, Privacy privacy) {
    this.root = root;
  }

  @Override
  public Stream<StoredObject> list(String prefix) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Optional<StoredObject> find(String key) {
    throw new UnsupportedOperationException();
  }

  @Override
  public InputStream read(String key, long offset) {
    throw new UnsupportedOperationException();
  }

  @Override
  public StoredObject put(String key, Path file) {
    throw new UnsupportedOperationException();
  }

  @Override
  public StoredObject create(String key, byte[] content) {
    throw new UnsupportedOperationException();
  }

  @Override
  public void delete(String key) {
    throw new UnsupportedOperationException();
  }

  @Override
  public Optional<Path> findLocal(String key) {
    throw new UnsupportedOperationException();
  }

  @Override
  public String uri() {
    return root.toString();
  }
}
