package io.sightglass.web.wiring;

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
  private volatile @Nullable Version current;

  /** What the alert says now; empty: there is none. Null: not known yet. */
  private @Nullable String told;

  /**
   * Opens the first version.
   *
   * @param folder opens the views folder, given how a pack of it is put in force
   * @param opener makes tables and engines of a pack
   */
  Packs(
      Function<PackFolder.Taking, PackFolder> folder,
      Function<ViewPack, Version> opener,
      AlertService alerts) {
    this.opener = opener;
    this.alerts = alerts;
    this.folder = folder.apply(this::take);
    tell();
  }

  private Version current() {
    Version version = current;
    if (version == null) {
      throw new IllegalStateException("No version of the views counts yet");
    }
    return version;
  }

  ActivePack active() {
    return current().active();
  }

  ViewPack pack() {
    return current().active().pack();
  }

  Map<QualifiedName, LakeTable> tables() {
    return current().tables();
  }

  Map<QualifiedName, LakeTable> results() {
    return current().results();
  }

  /** What the refreshes of materialised views stand on. */
  RefreshTables refreshTables() {
    Version version = current();
    return new RefreshTables(
        version.active().pack(), version.tables(), version.results(), version.files());
  }

  /**
   * What is wrong with the folder, while an earlier version counts; empty: nothing. Names nothing
   * of the folder, since anybody may see it: the alert does.
   */
  Optional<String> findTrouble() {
    if (folder.findRefusal().isPresent()) {
      return Optional.of(
          "the views folder cannot be taken; its last good version counts; the alert says why");
    }
    int mistakes = folder.mistakes().size();
    return mistakes == 0
        ? Optional.empty()
        : Optional.of(
            "%d mistakes in the views folder; its last good version counts; the alert names them"
                .formatted(mistakes));
  }

  /** Looks at the folder and takes what has changed, as a whole or not at all. */
  synchronized void refresh() {
    folder.refresh();
    tell();
  }

  private void take(ViewPack pack) {
    Version next = opener.apply(pack);
    Version before = current;
    if (before == null) {
      current = next;
      return;
    }
    warm(next.active());
    current = next;
    before.active().retire();
    LOG.info("Views {} count from now on", pack.version());
  }

  /** No statement is to find an engine that does not open. */
  private static void warm(ActivePack next) {
    try {
      next.warm();
    } catch (RuntimeException e) {
      next.retire();
      throw e;
    }
  }

  /** Makes the alert say what is; what cannot be said now is said at the next look. */
  private void tell() {
    String trouble =
        folder
            .findRefusal()
            .map(refusal -> refusal.code() + ": " + refusal.detail())
            .orElseGet(() ->
                folder.mistakes().stream()
                    .limit(MOST_NAMED)
                    .map(Mistake::toString)
                    .collect(Collectors.joining("\n")));
    if (trouble.equals(told)) {
      return;
    }
    if (trouble.isEmpty()) {
      alerts.clear(FINGERPRINT);
    } else {
      LOG.warn("The views folder is not taken, its last good version counts:\n{}", trouble);
      alerts.raise(
          new AlertService.Happening(
              FINGERPRINT,
              Alert.Severity.HIGH,
              "The views folder has mistakes; its last good version counts",
              trouble,
              null,
              null));
    }
    told = trouble;
  }

  void close() {
    current().active().retire();
  }
}
