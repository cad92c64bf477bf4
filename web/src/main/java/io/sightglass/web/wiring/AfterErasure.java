package io.sightglass.web.wiring;

import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.ingest.backup.BackupErasures;
import io.sightglass.engine.ingest.erasure.Erasure;
import io.sightglass.engine.ingest.erasure.ErasureService;
import io.sightglass.engine.ingest.maintenance.MaintenanceRules;
import io.sightglass.engine.ingest.maintenance.MaintenanceService;
import io.sightglass.engine.ingest.persons.ErasedPersons;
import io.sightglass.engine.ingest.refresh.RefreshService;
import io.sightglass.engine.ingest.stores.KnownBackups;
import io.sightglass.engine.ingest.stores.LoadSettings;
import io.sightglass.engine.ingest.stores.LoadStores;
import io.sightglass.engine.query.StatementLog;
import io.sightglass.engine.table.MergeLimits;
import io.sightglass.engine.views.ViewPack;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** What a service does once a person's rows have gone from its tables. Thread-safe. */
record AfterErasure(
    LoadStores stores,
    LoadSettings settings,
    Supplier<ViewPack> pack,
    RefreshService refreshes,
    StatementLog log,
    Stores objects,
    Settings deployment)
    implements ErasureService.AfterRemoval {

  @Override
  public List<QualifiedName> refresh(Set<QualifiedName> datasets, Consumer<QualifiedName> failed) {
    return refreshes.runOver(datasets, failed);
  }

  @Override
  public Optional<Instant> oldestStatement() {
    return log.findOldestOpen();
  }

  @Override
  public boolean noteBeside(KnownBackups.Made backup, Erasure erasure) {
    return objects
        .findBackups(backup.target())
        .filter(place -> BackupErasures.note(place, backup.set(), erasure))
        .isPresent();
  }

  @Override
  public boolean removesLanding() {
    return deployment.erasureRemovesLanding();
  }

  @Override
  public MaintenanceService maintenance() {
    return new MaintenanceService(
        stores,
        settings,
        new MaintenanceRules(
            MergeLimits.USUAL,
            Engine.LONGEST_STATEMENT.plus(Upkeep.LONGEST_WAIT),
            null,
            Upkeep.clocksDiffer(deployment)),
        pack.get(),
        new ErasedPersons(stores.database(), stores.pseudonymKeys(settings)));
  }
}
