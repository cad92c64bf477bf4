package io.sightglass.engine.ingest.maintenance;

import io.sightglass.engine.storage.ObjectStore;
import io.sightglass.engine.storage.ObjectStore.StoredObject;
import io.sightglass.engine.table.Lake;
import io.sightglass.engine.table.Side;
import io.sightglass.engine.table.TableFolder;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Removes the files of tables that nothing refers to. Immutable.
 *
 * <p>One whose last snapshot expired goes when no statement that began before can still read it;
 * any other one, such as an upload without a commit, when it is older than any load may take. Only
 * folders of tables that the catalog knows are looked at: with the catalog of another deployment,
 * nothing is removed.
 */
final class OrphanRemoval {

  private final Lake lake;
  private final ExpiredFiles expired;
  private final Predicate<Instant> isUnread;
  private final Function<StoredObject, Instant> uploadedBefore;
  private final Consumer<StoredObject> removed;

  /**
   * A removal by these rules.
   *
   * @param isUnread whether files that expired then can be read by no statement any longer
   * @param uploadedBefore other files that are younger than that stay
   * @param gone is told of each file that has gone
   */
  OrphanRemoval(
      Lake lake,
      ExpiredFiles expired,
      Predicate<Instant> isUnread,
      Function<StoredObject, Instant> uploadedBefore,
      Consumer<StoredObject> gone) {
    this.lake = lake;
    this.expired = expired;
    this.isUnread = isUnread;
    this.uploadedBefore = uploadedBefore;
    this.removed = gone;
  }

  /** Removes what may go of a side. */
  Maintenance.OrphansRemoved run(Side side) {
    int files = 0;
    long bytes = 0;
    int waiting = 0;
    for (TableFolder folder : lake.folders(side)) {
      Maintenance.OrphansRemoved of = run(side, folder);
      files += of.removed();
      bytes += of.bytes();
      waiting += of.waiting();
    }
    return new Maintenance.OrphansRemoved(side, files, bytes, waiting);
  }

  private Maintenance.OrphansRemoved run(Side side, TableFolder folder) {
    ObjectStore store = lake.store(side);
    // Listed first: what is committed meanwhile is referred to by the time that is looked up.
    List<StoredObject> objects;
    try (Stream<StoredObject> listed = store.list(folder.prefix())) {
      objects = listed.toList();
    }
    Map<String, Instant> expiries = expired.below(side, folder.prefix());
    Set<String> referenced = folder.referenced();
    Set<String> settled = new HashSet<>(expiries.keySet());
    List<StoredObject> gone = new ArrayList<>();
    int waiting = 0;
    for (StoredObject object : objects) {
      if (referenced.contains(object.key())) {
        continue;
      }
      Instant expiry = expiries.get(object.key());
      Instant old = uploadedBefore.apply(object);
      boolean mayGo = expiry == null ? object.lastModified().isBefore(old) : isUnread.test(expiry);
      if (mayGo) {
        gone.add(object);
      } else {
        // Those that were never part of a table wait for nobody but their own load.
        waiting += expiry == null && old.equals(Instant.MIN) ? 0 : 1;
        settled.remove(object.key());
      }
    }
    for (StoredObject object : gone) {
      store.delete(object.key());
      removed.accept(object);
    }
    expired.remove(side, settled);
    return new Maintenance.OrphansRemoved(
        side, gone.size(), gone.stream().mapToLong(StoredObject::size).sum(), waiting);
  }
}
