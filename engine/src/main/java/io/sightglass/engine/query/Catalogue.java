package io.sightglass.engine.query;

import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.access.Grant;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.dataset.ScanFilter;
import io.sightglass.engine.dataset.Sensitivity;
import io.sightglass.engine.table.LakeTable;
import io.sightglass.engine.table.PairSnapshot;
import io.sightglass.engine.table.Side;
import io.sightglass.engine.views.CallerPolicy;
import io.sightglass.engine.views.CallerPolicy.VisibleView;
import io.sightglass.engine.views.ResultOrigins;
import io.sightglass.engine.views.View;
import io.sightglass.engine.views.ViewPack;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What there is, as one caller may know it. Thread-safe.
 *
 * <p>Nothing that a filter hides is measured: counts, bytes and partitions of a view are left out
 * where a filter applies.
 */
public final class Catalogue {

  /** A table that a definition reads, in canonical text without its literals. */
  private static final Pattern READ =
      Pattern.compile("\\b(raw|vault|defs)\\.\"?([a-z][a-z0-9_]*)\"?\\.\"?([a-z][a-z0-9_]*)\"?");

  private static final Pattern LITERAL = Pattern.compile("'(?:[^']|'')*'");

  private final Function<QualifiedName, Optional<LakeTable>> tables;
  private final Function<QualifiedName, Optional<LakeTable>> results;
  private final Freshness freshness;

  /**
   * A catalogue over a lake.
   *
   * @param tables the table of a dataset; empty while there is none
   * @param results the stored result of a materialised view; empty while there is none
   */
  public Catalogue(
      Function<QualifiedName, Optional<LakeTable>> tables,
      Function<QualifiedName, Optional<LakeTable>> results,
      Freshness freshness) {
    this.tables = tables;
    this.results = results;
    this.freshness = freshness;
  }

  /** A catalogue over a lake without materialised views. */
  public Catalogue(Function<QualifiedName, Optional<LakeTable>> tables, Freshness freshness) {
    this(tables, view -> Optional.empty(), freshness);
  }

  /** Exact where the view is one table, row for row, or a stored result; else not known. */
  private @Nullable Long rowCount(View view) {
    QualifiedName rowForRow = view.rowForRow();
    if (view.isMaterialized()) {
      return rows(results.apply(view.name()));
    }
    return rowForRow == null ? null : Long.valueOf(rows(tables.apply(rowForRow)));
  }

  private static long rows(Optional<LakeTable> table) {
    return table.flatMap(LakeTable::findCurrent).map(PairSnapshot::rowCount).orElse(0L);
  }

  /** How datasets stand against what is expected of them. */
  public Freshness freshness() {
    return freshness;
  }

  /**
   * One view as the caller may know it.
   *
   * @param readable whether he may read it; if not, he knows name, description, owner and contact
   *     alone, because its author lists it
   * @param inputs datasets of the view's own schema that it reads, and views that the caller may
   *     read himself
   * @param rowCount exact, of views that show one table row for row; null: not known, or a filter
   *     hides rows
   * @param partitions folders of data files of the datasets behind it
   * @param lateSince when the first delivery that still lacks was due; null: nothing is late
   * @param missingDates dates that were due and have not come
   * @param nextScan when new deliveries are looked for next; null: its datasets name no times
   * @param definition null without the permission
   */
  public record Entry(
      QualifiedName name,
      boolean readable,
      String description,
      @Nullable String owner,
      Map<String, String> contact,
      @Nullable String grain,
      List<EntryColumn> columns,
      List<EntryFilter> filters,
      List<String> inputs,
      @Nullable Long rowCount,
      @Nullable Long bytes,
      @Nullable Long partitions,
      @Nullable Instant dataAsOf,
      @Nullable Instant lastLoad,
      @Nullable Instant lateSince,
      List<LocalDate> missingDates,
      @Nullable Instant nextScan,
      List<String> examples,
      @Nullable String definition) {}

  /** One column as the caller sees it; {@code mask} and {@code rule} are null when it is plain. */
  public record EntryColumn(
      String name,
      String type,
      @Nullable String description,
      Sensitivity sensitivity,
      boolean masked,
      @Nullable String mask,
      @Nullable String rule) {}

  /** One filter on rows, and the rule that sets it. */
  public record EntryFilter(String text, String rule) {}

  /**
   * Every view that the caller may know, by name.
   *
   * @param words each must stand in a name, a description or a column; empty: all
   * @param definitions whether he may see the texts of views
   */
  public List<Entry> list(
      ViewPack pack, CallerPolicy policy, List<String> words, boolean definitions) {
    Stream<Entry> readable =
        policy.views().values().stream().map(view -> entry(pack, policy, view, definitions));
    Stream<Entry> listed =
        pack.views().values().stream()
            .filter(view -> view.header().listed())
            .filter(view -> !policy.views().containsKey(view.name()))
            .map(view -> listed(pack, view));
    return Stream.concat(readable, listed)
        .filter(entry -> words.stream().allMatch(word -> mentions(entry, word)))
        .sorted(Comparator.comparing(Entry::name))
        .toList();
  }

  /** One view, if the caller may know it. */
  public Optional<Entry> find(
      ViewPack pack, CallerPolicy policy, QualifiedName name, boolean definitions) {
    return list(pack, policy, List.of(), definitions).stream()
        .filter(entry -> entry.name().equals(name))
        .findFirst();
  }

  /**
   * The states that {@code asOf} may name for a view, the newest first; empty when the caller may
   * not read it. That there was a commit is told by deliveries, and so to everybody.
   */
  public Optional<List<ViewSnapshot>> findSnapshots(
      ViewPack pack, CallerPolicy policy, QualifiedName name) {
    return Optional.ofNullable(policy.views().get(name)).map(visible -> snapshots(pack, visible));
  }

  private List<ViewSnapshot> snapshots(ViewPack pack, VisibleView visible) {
    View view = visible.view();
    boolean measured = visible.decision().grant().filter() == null;
    List<ViewSnapshot> snapshots = new ArrayList<>();
    for (View.Input input : view.tables()) {
      boolean isView =
          input.result() ? view.isMaterialized() : input.name().equals(view.rowForRow());
      List<PairSnapshot> states =
          (input.result() ? results : tables)
              .apply(input.name())
              .map(LakeTable::history)
              .orElse(List.of());
      Predicate<PairSnapshot> readable = readable(pack, input);
      states.stream()
          .filter(readable)
          .map(state ->
              new ViewSnapshot(
                  input.name(),
                  state.id(),
                  state.committedAt(),
                  state.dataAsOf(),
                  state.equals(states.getFirst()),
                  measured && isView ? (Long) state.rowCount() : null))
          .forEach(snapshots::add);
    }
    snapshots.sort(
        Comparator.comparing(ViewSnapshot::committedAt)
            .reversed()
            .thenComparing(ViewSnapshot::table));
    return snapshots;
  }

  /** Which states of a table {@code asOf} may name under today's policy. */
  static Predicate<PairSnapshot> readable(ViewPack pack, View.Input table) {
    View view = pack.views().get(table.name());
    if (!table.result() || view == null) {
      return state -> !table.result();
    }
    ResultOrigins origins = ResultOrigins.of(pack, view);
    return state -> origins.fit(state.summary());
  }

  private static boolean mentions(Entry entry, String word) {
    String wanted = word.toLowerCase(Locale.ROOT);
    return Stream.concat(
            Stream.of(entry.name().toString(), entry.description()),
            entry.columns().stream()
                .flatMap(column -> Stream.of(column.name(), text(column.description()))))
        .anyMatch(text -> text.toLowerCase(Locale.ROOT).contains(wanted));
  }

  private static String text(@Nullable String text) {
    return text == null ? "" : text;
  }

  private static Optional<Dataset> findOwner(ViewPack pack, View view) {
    return view.datasets().stream()
        .sorted(
            Comparator.comparing(
                    (QualifiedName dataset) -> !dataset.schema().equals(view.name().schema()))
                .thenComparing(Comparator.naturalOrder()))
        .map(pack.datasets()::get)
        .filter(dataset -> dataset != null)
        .findFirst();
  }

  private static Entry listed(ViewPack pack, View view) {
    Optional<Dataset> owner = findOwner(pack, view);
    return new Entry(
        view.name(),
        false,
        view.header().description(),
        owner.map(Dataset::owner).orElse(null),
        owner.map(Dataset::contact).orElse(Map.of()),
        null,
        List.of(),
        List.of(),
        List.of(),
        null,
        null,
        null,
        null,
        null,
        null,
        List.of(),
        null,
        List.of(),
        null);
  }

  private Entry entry(
      ViewPack pack, CallerPolicy policy, VisibleView visible, boolean definitions) {
    View view = visible.view();
    Grant grant = visible.decision().grant();
    String filter = grant.filter();
    Optional<Dataset> owner = findOwner(pack, view);
    List<PairSnapshot> states = new ArrayList<>();
    for (QualifiedName dataset : view.datasets()) {
      tables.apply(dataset).flatMap(LakeTable::findCurrent).ifPresent(states::add);
    }
    List<Freshness.State> stands =
        view.datasets().stream().map(dataset -> freshness.of(dataset)).toList();
    boolean measured = filter == null;
    return new Entry(
        view.name(),
        true,
        view.header().description(),
        owner.map(Dataset::owner).orElse(null),
        owner.map(Dataset::contact).orElse(Map.of()),
        view.header().grain(),
        visible.columns().stream().map(Catalogue::column).toList(),
        filter == null
            ? List.of()
            : List.of(new EntryFilter(filter, "role " + visible.decision().role().name())),
        inputs(view, policy),
        measured ? rowCount(view) : null,
        measured ? (Long) states.stream().mapToLong(PairSnapshot::bytes).sum() : null,
        measured ? (Long) view.datasets().stream().mapToLong(this::partitions).sum() : null,
        states.stream().map(PairSnapshot::committedAt).min(Instant::compareTo).orElse(null),
        states.stream().map(PairSnapshot::committedAt).max(Instant::compareTo).orElse(null),
        stands.stream()
            .map(Freshness.State::lateSince)
            .filter(Objects::nonNull)
            .min(Instant::compareTo)
            .orElse(null),
        stands.stream()
            .flatMap(state -> state.missingDates().stream())
            .distinct()
            .sorted()
            .toList(),
        stands.stream()
            .map(Freshness.State::nextScan)
            .filter(Objects::nonNull)
            .min(Instant::compareTo)
            .orElse(null),
        view.header().examples(),
        definitions ? view.written() : null);
  }

  /** Names of other departments that the caller may not know are left out. */
  private static List<String> inputs(View view, CallerPolicy policy) {
    return READ.matcher(LITERAL.matcher(view.sql()).replaceAll("''"))
        .results()
        .filter(read ->
            read.group(1).equals("defs")
                ? policy.views().containsKey(new QualifiedName(read.group(2), read.group(3)))
                : read.group(2).equals(view.name().schema()))
        .map(read -> read.group(2) + "." + read.group(3))
        .distinct()
        .sorted()
        .toList();
  }

  /** Data files of one partition share a folder. */
  private long partitions(QualifiedName dataset) {
    Optional<LakeTable> table = tables.apply(dataset);
    return table
        .flatMap(LakeTable::findCurrent)
        .map(state ->
            table.orElseThrow().plan(state, Side.ORDINARY, new ScanFilter.All()).stream()
                .map(file -> file.key().substring(0, file.key().lastIndexOf('/') + 1))
                .distinct()
                .count())
        .orElse(0L);
  }

  private static EntryColumn column(CallerPolicy.VisibleColumn column) {
    return new EntryColumn(
        column.column().name(),
        column.column().type(),
        column.column().description(),
        column.column().sensitivity(),
        column.masked(),
        column.masked() ? column.mask() : null,
        column.masked() ? column.rule() : null);
  }
}
