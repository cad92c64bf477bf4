package io.sightglass.engine.ingest.stores;

import io.sightglass.engine.database.Leases;
import io.sightglass.engine.database.MetadataDatabase;
import io.sightglass.engine.ingest.check.PseudonymKeys;
import io.sightglass.engine.storage.FileCache;
import io.sightglass.engine.storage.ObjectStore;
import io.sightglass.engine.table.Lake;
import io.sightglass.engine.table.Side;
import java.nio.file.Path;

/**
 * Where loads read and write. Immutable; whoever made the parts closes them.
 *
 * @param leases what this process may load
 * @param landing what comes in; only read, but that an erasure may remove objects
 * @param rejects the texts of rejected rows, on the vault's side
 * @param ordinaryFiles the ordinary warehouse's files on this machine
 * @param vaultFiles the vault's files on this machine
 * @param keyFolder of indexes on this machine, which may be lost; need not exist
 */
public record LoadStores(
    Leases leases,
    Lake lake,
    ObjectStore landing,
    ObjectStore rejects,
    FileCache ordinaryFiles,
    FileCache vaultFiles,
    Path keyFolder) {

  public MetadataDatabase database() {
    return leases.database();
  }

  /**
   * The keys of pseudonyms: all that share the database have one secret, wherever they run.
   *
   * @throws io.sightglass.engine.EngineException {@code CONFLICT} when this machine has another
   *     secret than the vault; {@code STORE_UNAVAILABLE}
   */
  public PseudonymKeys pseudonymKeys(LoadSettings settings) {
    return database().isEmbedded()
        ? PseudonymKeys.open(settings.pseudonymSecret())
        : PseudonymKeys.shared(lake.store(Side.VAULT), settings.pseudonymSecret());
  }

  /** The files of a side on this machine. */
  public FileCache files(Side side) {
    return switch (side) {
      case ORDINARY -> ordinaryFiles;
      case VAULT -> vaultFiles;
    };
  }
}
