package io.sightglass.engine.views;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.views.files.PackFile;
import io.sightglass.engine.views.files.PackFiles;
import io.sightglass.engine.views.files.PackFolderScan;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The last good version of a pack, as files in a folder of the service's own. One writer; a crash
 * leaves the version before or the new one, whole.
 */
final class StoredPack {

  /** Names the version's folder; replaced in one move. */
  private static final String CURRENT = "current";

  private final Path store;

  StoredPack(Path store) {
    this.store = store;
  }

  Optional<PackFiles> find() {
    Path current = store.resolve(CURRENT);
    try {
      if (!Files.exists(current)) {
        return Optional.empty();
      }
      Path version = store.resolve(Files.readString(current).strip());
      return Files.isDirectory(version)
          ? Optional.of(PackFolderScan.scan(version))
          : Optional.empty();
    } catch (IOException e) {
      throw new EngineException(
          ErrorCode.STORE_UNAVAILABLE, "The last good version of the views cannot be read", e);
    }
  }

  void write(PackFiles files) {
    try {
      Path version = store.resolve(files.version());
      if (isCurrent(files.version())) {
        return;
      }
      Path draft = store.resolve(files.version() + ".tmp");
      delete(draft);
      Files.createDirectories(draft);
      for (PackFile file : files.files()) {
        Path target = draft.resolve(file.path());
        Path parent = target.getParent();
        if (parent != null) {
          Files.createDirectories(parent);
        }
        Files.writeString(target, file.text());
      }
      delete(version);
      Files.move(draft, version, StandardCopyOption.ATOMIC_MOVE);
      Path pointer = store.resolve(CURRENT + ".tmp");
      Files.writeString(pointer, files.version());
      Files.move(
          pointer,
          store.resolve(CURRENT),
          StandardCopyOption.ATOMIC_MOVE,
          StandardCopyOption.REPLACE_EXISTING);
      deleteOthers(files.version());
    } catch (IOException e) {
      throw new EngineException(
          ErrorCode.STORE_UNAVAILABLE, "The last good version of the views cannot be kept", e);
    }
  }

  private boolean isCurrent(String version) throws IOException {
    Path current = store.resolve(CURRENT);
    return Files.isDirectory(store.resolve(version))
        && Files.exists(current)
        && Files.readString(current).strip().equals(version);
  }

  private void deleteOthers(String version) throws IOException {
    try (Stream<Path> list = Files.list(store)) {
      for (Path other : list.filter(Files::isDirectory).toList()) {
        if (!other.endsWith(version)) {
          delete(other);
        }
      }
    }
  }

  private static void delete(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> tree = Files.walk(folder)) {
      tree.sorted(Comparator.reverseOrder())
          .forEach(path -> {
            try {
              Files.delete(path);
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          });
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }
}
