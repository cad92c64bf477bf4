package io.sightglass.web.wiring;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Where everything lies that is the service's own. Ordinary and vault have no folder in common but
 * ones that no engine may open. Immutable; every path is real, as the engine's allowed folders must
 * be.
 *
 * @param rejects raw lines of rejected rows, and so the vault's
 * @param vaultFolder staging, rejects, spill: for the owner alone
 * @param keyFolder indexes of keys; derived, may be lost
 */
record DataLayout(
    Path ordinaryCache,
    Path vaultCache,
    Path ordinarySpill,
    Path vaultSpill,
    Path rejects,
    Path vaultFolder,
    Path keyFolder,
    Path lastGoodViews,
    Path metadata,
    Path catalog) {

  /** Makes the folders that are not there. */
  static DataLayout make(Settings settings) {
    try {
      Path data = settings.data();
      DataFolder.create(data);
      Path vault = privately(data.resolve("vault"));
      Path cache = folder(data.resolve("cache"));
      Path spill = folder(data.resolve("spill"));
      return new DataLayout(
          folder(cache.resolve("data")),
          privately(vault.resolve("cache")),
          folder(spill),
          privately(vault.resolve("spill")),
          privately(vault.resolve("rejects")),
          vault,
          privately(vault.resolve("keys")),
          folder(data.resolve("views")),
          data.toRealPath().resolve("metadata.db"),
          data.toRealPath().resolve("catalog.db"));
    } catch (IOException e) {
      throw new SettingsException(
          "data: \"%s\" can be neither made nor used; allowed: a folder of this user's"
              .formatted(settings.data()));
    }
  }

  private static Path folder(Path path) throws IOException {
    return Files.createDirectories(path).toRealPath();
  }

  private static Path privately(Path path) throws IOException {
    DataFolder.createPrivate(path);
    return path.toRealPath();
  }
}
