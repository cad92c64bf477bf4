package io.sightglass.engine.duckdb;

import io.sightglass.engine.views.CallerPolicy;
import io.sightglass.engine.views.CallerPolicy.VisibleView;
import io.sightglass.engine.views.CatalogView;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The secure views of an instance: one catalogue per combination of grants, made at first use, once
 * however many ask, on a session of its own. Thread-safe.
 *
 * <p>Beyond {@value #MOST} catalogues those not in use go, the longest unused first.
 */
final class PolicyCatalogs {

  private static final int MOST = 64;

  private final DuckDbInstance instance;
  private final InstanceContents contents;
  private final Map<String, Entry> entries = new LinkedHashMap<>(16, 0.75f, true);

  /** Held while catalogues are made or go, so that one name is never both. */
  private final ReentrantLock making = new ReentrantLock();

  PolicyCatalogs(DuckDbInstance instance, InstanceContents contents) {
    this.instance = instance;
    this.contents = contents;
  }

  private static final class Entry {
    private int leases;
    private volatile boolean made;
  }

  PolicyLease lease(CallerPolicy policy) {
    Entry entry = enter(policy.catalog());
    AtomicBoolean open = new AtomicBoolean(true);
    PolicyLease lease =
        () -> {
          if (open.getAndSet(false)) {
            leave(entry);
          }
        };
    try {
      if (!entry.made) {
        make(policy, entry);
      }
      return lease;
    } catch (RuntimeException e) {
      lease.close();
      throw e;
    }
  }

  private synchronized Entry enter(String catalog) {
    Entry entry = entries.computeIfAbsent(catalog, absent -> new Entry());
    entry.leases++;
    return entry;
  }

  private synchronized void leave(Entry entry) {
    entry.leases--;
  }

  private void make(CallerPolicy policy, Entry entry) {
    making.lock();
    try (DuckDbSession session = instance.openSession()) {
      if (entry.made) {
        return;
      }
      for (String catalog : takeUnused()) {
        session.execute("DETACH DATABASE IF EXISTS " + Quoted.name(catalog));
      }
      for (RawTable table : contents.tables()) {
        session.setVariable(table.filesVariable(), List.of(instance.noRowsFile().toString()));
      }
      statements(policy).forEach(session::execute);
      entry.made = true;
    } finally {
      making.unlock();
    }
  }

  private synchronized List<String> takeUnused() {
    List<String> unused = new ArrayList<>();
    int excess = entries.size() - MOST;
    for (Map.Entry<String, Entry> entry : List.copyOf(entries.entrySet())) {
      if (unused.size() < excess && entry.getValue().leases == 0) {
        unused.add(entry.getKey());
        entries.remove(entry.getKey());
      }
    }
    return unused;
  }

  private List<String> statements(CallerPolicy policy) {
    List<VisibleView> views =
        policy.views().values().stream()
            .filter(view -> contents.has(view.view()))
            .sorted(Comparator.comparing(view -> view.view().name()))
            .toList();
    String catalog = Quoted.name(policy.catalog());
    List<String> statements = new ArrayList<>();
    // Left behind when an earlier attempt failed half way.
    statements.add("DETACH DATABASE IF EXISTS " + catalog);
    statements.add("ATTACH ':memory:' AS " + catalog);
    new TreeSet<>(views.stream().map(view -> view.view().name().schema()).toList())
        .forEach(schema ->
            statements.add("CREATE SCHEMA %s.%s".formatted(catalog, Quoted.name(schema))));
    statements.add("CREATE SCHEMA %s.%s".formatted(catalog, Quoted.name(CatalogView.SCHEMA)));
    for (CatalogView view : CatalogView.values()) {
      statements.add(
          "%s %s.%s.%s AS %s"
              .formatted(
                  contents.createPolicyView(),
                  catalog,
                  Quoted.name(view.view().schema()),
                  Quoted.name(view.view().name()),
                  view.select()));
    }
    for (VisibleView view : views) {
      statements.add(
          "%s %s.%s.%s AS %s"
              .formatted(
                  contents.createPolicyView(),
                  catalog,
                  Quoted.name(view.view().name().schema()),
                  Quoted.name(view.view().name().name()),
                  view.select()));
    }
    return statements;
  }
}
