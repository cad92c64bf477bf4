package io.sightglass.engine.ingest.erasure;

import static io.sightglass.engine.ingest.erasure.Erasure.Fate.LISTED;
import static io.sightglass.engine.ingest.erasure.Erasure.Fate.UNSEARCHED;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.database.WrittenTexts;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.duckdb.DuckDbInstance;
import io.sightglass.engine.duckdb.DuckDbSession;
import io.sightglass.engine.ingest.LoadService;
import io.sightglass.engine.ingest.landing.LoadSource;
import io.sightglass.engine.ingest.maintenance.MaintenanceService;
import io.sightglass.engine.ingest.maintenance.RowRemoval;
import io.sightglass.engine.ingest.merge.KeyIndex;
import io.sightglass.engine.ingest.persons.ErasedPersons;
import io.sightglass.engine.ingest.persons.PersonRemoval;
import io.sightglass.engine.ingest.staging.StagingFolder;
import io.sightglass.engine.ingest.stores.LoadSettings;
import io.sightglass.engine.ingest.stores.LoadStores;
import io.sightglass.engine.storage.ObjectStore.StoredObject;
import io.sightglass.engine.table.LakeTable;
import io.sightglass.engine.views.ViewPack;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes the rows of one erasure out of everything. Used once, by one thread.
 *
 * <p>What brought the person is noted before it can no longer be told: a run that is killed leaves
 * a certificate that the next one completes.
 */
final class ErasureRun {

  private static final Logger LOG = LoggerFactory.getLogger(ErasureRun.class);

  private static final String PARQUET = ".parquet";

  private final LoadStores stores;
  private final LoadSettings settings;
  private final LoadService loads;
  private final ErasedPersons persons;
  private final ErasureService.AfterRemoval after;
  private final UnaryOperator<Erasure> note;

  /**
   * A run that has not begun.
   *
   * @param persons of the erasure: what another one removes is in its own certificate
   * @param note keeps an erasure as it is then
   */
  ErasureRun(
      LoadStores stores,
      LoadSettings settings,
      LoadService loads,
      ErasedPersons persons,
      ErasureService.AfterRemoval after,
      UnaryOperator<Erasure> note) {
    this.stores = stores;
    this.settings = settings;
    this.loads = loads;
    this.persons = persons;
    this.after = after;
    this.note = note;
  }

  /** Removes the rows; the erasure as it is then, noted. */
  Erasure run(Erasure erasure, ViewPack pack) {
    persons.noteColumns(pack.datasets().values());
    List<Dataset> concerned =
        ErasedPersons.concerned(
            erasure.remembered(), pack, one -> persons.stored(one, stores.lake()));
    MaintenanceService maintenance = after.maintenance();
    Erasure noted = erasure;
    boolean isWhole = true;
    DuckDbInstance engine = DuckDbInstance.open(settings.engine(), List.of());
    try {
      noted = note.apply(look(noted, concerned, engine));
      noted = note.apply(withObjects(noted, loads.notLoaded(names(concerned)), UNSEARCHED));
      for (Dataset dataset : concerned) {
        noted = remove(noted, dataset, engine);
      }
      // What came before a column told persons is found once it is made anew, and not before.
      for (Dataset dataset : concerned) {
        try {
          if (maintenance.rebuildForErasure(dataset)) {
            noted = note.apply(look(noted, List.of(dataset), engine));
            noted = remove(noted, dataset, engine);
          }
        } catch (EngineException failure) {
          LOG.warn("Erasure {} looks at {} once more later", erasure.id(), dataset.name(), failure);
          isWhole = false;
        }
      }
    } finally {
      engine.retire();
    }
    List<QualifiedName> behind = new ArrayList<>();
    List<QualifiedName> results = after.refresh(names(concerned), behind::add);
    loads.settle();
    for (Dataset dataset : concerned) {
      maintenance.forget(stores.lake().asItIs(dataset));
      KeyIndex.remove(stores.keyFolder(), dataset.name());
    }
    results.forEach(view -> maintenance.forgetResult(view));
    behind.forEach(view -> maintenance.forgetResult(view));
    // Another process may have read who is erased before this one was: look again then.
    boolean isSettled = !loads.isRunningSince(Instant.parse(erasure.requestedAt()));
    return note.apply(
        noted.removed(
            isSettled && isWhole && behind.isEmpty()
                ? Erasure.State.REMOVED
                : Erasure.State.REGISTERED,
            noted.tables(),
            results.stream().map(QualifiedName::toString).sorted().toList(),
            noted.landing()));
  }

  private static Set<QualifiedName> names(List<Dataset> datasets) {
    return datasets.stream().map(Dataset::name).collect(Collectors.toSet());
  }

  /** With what brought the person; what people wrote of them goes, whose values are known yet. */
  private Erasure look(Erasure erasure, List<Dataset> concerned, DuckDbInstance engine) {
    Set<String> loadIds = new HashSet<>();
    WrittenTexts texts = new WrittenTexts(stores.database());
    for (Dataset dataset : concerned) {
      try (StagingFolder folder = folder();
          DuckDbSession session = engine.openSession()) {
        RowRemoval.Known known = removal(dataset, session, folder).ofAnyState();
        loadIds.addAll(known.loads());
        texts.erase(known.values());
      }
    }
    return brought(erasure, loadIds);
  }

  private RowRemoval removal(Dataset dataset, DuckDbSession session, StagingFolder folder) {
    LakeTable table = stores.lake().asItIs(dataset);
    RowRemoval.Rows rows = persons.rows(session, dataset, stores.lake());
    return new RowRemoval(stores, table, rows, session, folder);
  }

  private StagingFolder folder() {
    return StagingFolder.create(settings.vaultFolder().resolve("maintenance"), "erase");
  }

  private Erasure remove(Erasure erasure, Dataset dataset, DuckDbInstance engine) {
    try (StagingFolder folder = folder();
        DuckDbSession session = engine.openSession()) {
      RowRemoval.Removed removed = removal(dataset, session, folder).run();
      Erasure noted =
          note.apply(
              brought(
                  counted(erasure, dataset, removed.ordinary(), removed.vault(), 0),
                  removed.loads()));
      return removeRejects(noted, dataset, session, folder);
    }
  }

  private Erasure removeRejects(
      Erasure erasure, Dataset dataset, DuckDbSession session, StagingFolder folder) {
    Optional<ErasedPersons.Conditions> erased =
        persons.conditions(session, dataset, persons.stored(dataset, stores.lake()));
    if (erased.isEmpty()) {
      return erasure;
    }
    String prefix = dataset.name().schema() + "/" + dataset.name().name() + "/";
    List<String> files;
    try (Stream<StoredObject> objects = stores.rejects().list(prefix)) {
      files = objects.map(StoredObject::key).toList();
    }
    Erasure noted = erasure;
    for (String key : files) {
      Path copies = folder.fresh("rejects");
      Path from = copies.resolve("before.parquet");
      Path to = copies.resolve("after.parquet");
      try (InputStream in = stores.rejects().read(key, 0)) {
        Files.copy(in, from);
      } catch (IOException e) {
        throw new EngineException(
            ErrorCode.STORE_UNAVAILABLE, "Rejected rows cannot be fetched", e);
      }
      long gone = PersonRemoval.removeRejects(session, erased.get(), from, to);
      if (gone > 0) {
        String loadId = key.substring(prefix.length(), key.length() - PARQUET.length());
        noted = note.apply(brought(counted(noted, dataset, 0, 0, gone), Set.of(loadId)));
        if (Files.exists(to)) {
          stores.rejects().put(key, to);
        } else {
          stores.rejects().delete(key);
        }
      }
    }
    return noted;
  }

  /** With what went of a dataset now, besides what went before. */
  private static Erasure counted(
      Erasure erasure, Dataset dataset, long rows, long vaultRows, long rejects) {
    String name = dataset.name().toString();
    List<Erasure.ErasedTable> tables = new ArrayList<>();
    Erasure.ErasedTable sum = new Erasure.ErasedTable(name, rows, vaultRows, rejects);
    for (Erasure.ErasedTable table : erasure.tables()) {
      if (table.dataset().equals(name)) {
        sum =
            new Erasure.ErasedTable(
                name,
                table.rows() + rows,
                table.vaultRows() + vaultRows,
                table.rejects() + rejects);
      } else {
        tables.add(table);
      }
    }
    tables.add(sum);
    tables.sort(Comparator.comparing(Erasure.ErasedTable::dataset));
    return erasure.removed(Erasure.State.REGISTERED, tables, erasure.results(), erasure.landing());
  }

  /** With the landing objects of these loads. */
  private Erasure brought(Erasure erasure, Set<String> loadIds) {
    return withObjects(erasure, loads.deliveriesLike(loadIds), LISTED);
  }

  /** What is known of an object counts, not that it was not searched. */
  private static Erasure withObjects(Erasure erasure, List<LoadSource> sources, Erasure.Fate fate) {
    Set<Erasure.LandingObject> objects = new HashSet<>(erasure.landing());
    for (LoadSource source : sources) {
      Erasure.LandingObject object =
          new Erasure.LandingObject(source.name(), source.etag(), source.sha256(), fate);
      objects.removeIf(known -> known.fate() == UNSEARCHED && known.isSameAs(object));
      if (fate != UNSEARCHED || objects.stream().noneMatch(object::isSameAs)) {
        objects.add(object);
      }
    }
    List<Erasure.LandingObject> landing =
        objects.stream()
            .sorted(
                Comparator.comparing(Erasure.LandingObject::name)
                    .thenComparing(Erasure.LandingObject::etag))
            .toList();
    return erasure.removed(Erasure.State.REGISTERED, erasure.tables(), erasure.results(), landing);
  }
}
