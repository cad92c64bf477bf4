package io.sightglass.web.wiring;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.alert.Alert;
import io.sightglass.engine.alert.AlertService;
import io.sightglass.engine.ingest.refresh.RefreshTables;
import io.sightglass.engine.query.ActivePack;
import io.sightglass.engine.query.TableFiles;
import io.sightglass.engine.table.LakeTable;
import io.sightglass.engine.views.Mistake;
import io.sightglass.engine.views.PackFolder;
import io.sightglass.engine.views.ViewPack;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The version of contracts, views and engines that counts now, swapped as a whole when the views
 * folder changes. Thread-safe; one clock calls {@link #refresh}.
 */
final class Packs {

  /**
   * One version: the pack, its tables in the lake, the engines that know its names.
   *
   * @param tables of datasets
   * @param results of materialised views
   */
  record Version(
      ActivePack active,
      Map<QualifiedName, LakeTable> tables,
      Map<QualifiedName, LakeTable> results,
      TableFiles files) {}

  private static final Logger LOG = LoggerFactory.getLogger(Packs.class);
  private static final int MOST_NAMED = 20;
  private static final String FINGERPRINT = "views:mistakes";

  private final PackFolder folder;
  private final Function<ViewPack, Version> opener;
  private final AlertService alerts;
  private volatile Version current;
  private volatile @Nullable String refused;

  /**
   * Opens the first version.
   *
   * @param opener makes tables and engines of a pack
   */
  Packs(PackFolder folder, Function<ViewPack, Version> opener, AlertService alerts) {
    this.folder = folder;
    this.opener = opener;
    this.alerts = alerts;
    this.current = opener.apply(folder.pack());
    if (!folder.mistakes().isEmpty()) {
      tellMistakes();
    }
  }

  ActivePack active() {
    return current.active();
  }

  ViewPack pack() {
    return current.active().pack();
  }

  Map<QualifiedName, LakeTable> tables() {
    return current.tables();
  }

  Map<QualifiedName, LakeTable> results() {
    return current.results();
  }

  /** What the refreshes of materialised views stand on. */
  RefreshTables refreshTables() {
    Version version = current;
    return new RefreshTables(
        version.active().pack(), version.tables(), version.results(), version.files());
  }

  /**
   * What is wrong with the folder, while an earlier version counts; empty: nothing. Names nothing
   * of the folder, since anybody may see it: the alert does.
   */
  Optional<String> findTrouble() {
    if (refused == null && folder.mistakes().isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        "%d mistakes in the views folder; its last good version counts; the alert names them"
            .formatted(Math.max(1, folder.mistakes().size())));
  }

  /** Looks at the folder and takes what has changed, as a whole or not at all. */
  synchronized void refresh() {
    switch (folder.refresh()) {
      case PackFolder.Refresh.Unchanged unchanged -> {}
      case PackFolder.Refresh.Mistaken mistaken -> tellMistakes();
      case PackFolder.Refresh.Mended mended -> {
        refused = null;
        alerts.clear(FINGERPRINT);
      }
      case PackFolder.Refresh.Changed changed -> take(changed.pack());
    }
  }

  private void take(ViewPack pack) {
    Version before = current;
    try {
      current = opener.apply(pack);
    } catch (EngineException e) {
      // A contract that the stored tables cannot follow, such as a column of another type.
      refused = e.code() + ": " + e.detail();
      LOG.warn("A changed views folder was not taken: {}", refused);
      tell(String.valueOf(refused));
      return;
    }
    before.active().retire();
    refused = null;
    alerts.clear(FINGERPRINT);
    LOG.info("Views {} count from now on", pack.version());
  }

  private void tellMistakes() {
    folder.mistakes().forEach(mistake -> LOG.warn("Views folder not taken: {}", mistake));
    tell(
        folder.mistakes().stream()
            .limit(MOST_NAMED)
            .map(Mistake::toString)
            .collect(Collectors.joining("\n")));
  }

  private void tell(String detail) {
    alerts.raise(
        new AlertService.Happening(
            FINGERPRINT,
            Alert.Severity.HIGH,
            "The views folder has mistakes; its last good version counts",
            detail,
            null,
            null));
  }

  void close() {
    current.active().retire();
  }
}
