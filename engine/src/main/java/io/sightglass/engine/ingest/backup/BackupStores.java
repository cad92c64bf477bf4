package io.sightglass.engine.ingest.backup;

import io.sightglass.engine.storage.ObjectStore;
import io.sightglass.engine.table.Side;

/**
 * Where backups lie: the vault apart, under rights and keys of its own. Immutable; whoever made the
 * stores closes them.
 *
 * @param ordinary ordinary tables, and the sets that say what belongs together
 * @param vault vault tables, rejected lines, the secret of pseudonyms
 */
public record BackupStores(ObjectStore ordinary, ObjectStore vault) {

  /** Before the keys of tables' files. */
  static final String TABLES = "tables/";

  /** Before the keys of rejected lines. */
  static final String REJECTS = "rejects/";

  static final String SECRET = "pseudonyms.key";

  ObjectStore of(Side side) {
    return switch (side) {
      case ORDINARY -> ordinary;
      case VAULT -> vault;
    };
  }
}
