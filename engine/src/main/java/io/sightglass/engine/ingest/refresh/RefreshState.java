package io.sightglass.engine.ingest.refresh;

import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.query.TableFiles.PinnedTable;
import io.sightglass.engine.storage.Digests;
import io.sightglass.engine.table.LoadCommit;
import io.sightglass.engine.table.PairSnapshot;
import io.sightglass.engine.views.ResultOrigins;
import io.sightglass.engine.views.ResultProtection;
import io.sightglass.engine.views.View;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What a result is made of: the view's definition and the states of its inputs. Immutable; the
 * commit of a result keeps it.
 *
 * @param definition digest of everything that the definition says, macros and views that it reads
 *     included
 * @param notes what the commit's summary holds
 */
record RefreshState(String definition, Map<String, String> notes) {

  private static final String MADE_AT = "made-at";

  RefreshState {
    notes = Map.copyOf(notes);
  }

  /**
   * The state that a refresh of the view would make now.
   *
   * @param inputs the newest states of the datasets that it reads in the end
   */
  static RefreshState of(RefreshTables tables, View view, Map<QualifiedName, PinnedTable> inputs) {
    Map<String, String> notes = new TreeMap<>();
    inputs.forEach((name, pinned) -> {
      PairSnapshot snapshot = pinned.snapshot();
      notes.put(
          LoadCommit.INPUT + name,
          snapshot == null ? LoadCommit.NO_INPUT : Long.toString(snapshot.rowsOf()));
    });
    inputs.values().stream()
        .map(PinnedTable::snapshot)
        .filter(Objects::nonNull)
        .map(PairSnapshot::dataAsOf)
        .min(Instant::compareTo)
        .ifPresent(oldest -> notes.put(LoadCommit.DATA_AS_OF, oldest.toString()));
    String origins = ResultOrigins.of(tables.pack(), view).text();
    notes.put(ResultOrigins.NOTE, origins);
    notes.put(ResultProtection.NOTE, ResultProtection.of(tables.pack(), view).text());
    return new RefreshState(definition(tables, view, origins), notes);
  }

  private static String definition(RefreshTables tables, View view, String origins) {
    StringBuilder text = new StringBuilder();
    tables.pack().macros().forEach(macro -> text.append(macro).append('\n'));
    for (View other : tables.pack().views().values()) {
      if (other.equals(view) || view.datasets().containsAll(other.datasets())) {
        text.append(other.name()).append(' ').append(other.sql()).append('\n');
      }
    }
    view.columns().forEach(column -> text.append(column.name()).append(' ').append(column.type()));
    text.append(origins);
    return HexFormat.of()
        .formatHex(Digests.sha256().digest(text.toString().getBytes(StandardCharsets.UTF_8)));
  }

  /** Whether a result was made of just this. */
  boolean isOf(PairSnapshot result) {
    return definition.equals(result.summary().get(LoadCommit.PREFIX + "source-id"))
        && inputsOf(result).equals(inputs());
  }

  private Map<String, String> inputs() {
    Map<String, String> inputs = new TreeMap<>(notes);
    inputs.keySet().removeIf(name -> !name.startsWith(LoadCommit.INPUT));
    return inputs;
  }

  private static Map<String, String> inputsOf(PairSnapshot result) {
    Map<String, String> inputs = new TreeMap<>();
    String prefix = LoadCommit.PREFIX + LoadCommit.INPUT;
    result
        .summary()
        .forEach((key, value) -> {
          if (key.startsWith(prefix)) {
            inputs.put(key.substring(LoadCommit.PREFIX.length()), value);
          }
        });
    return inputs;
  }

  /** What the commit of a result made at {@code now} keeps. */
  Map<String, String> notes(Instant now) {
    Map<String, String> all = new TreeMap<>(notes);
    all.put(MADE_AT, now.toString());
    return all;
  }

  /** When a result was made, by the clock of whoever made it. */
  static Instant madeAt(PairSnapshot result) {
    String text = result.summary().get(LoadCommit.PREFIX + MADE_AT);
    return text == null ? result.committedAt() : Instant.parse(text);
  }

  /** Whether the definition has changed since a result was made. */
  boolean isRedefined(Optional<PairSnapshot> result) {
    return result
        .map(made -> !definition.equals(made.summary().get(LoadCommit.PREFIX + "source-id")))
        .orElse(false);
  }

  /** Whether any input has ever been loaded. */
  boolean hasInput() {
    return inputs().isEmpty() || !inputs().values().stream().allMatch(LoadCommit.NO_INPUT::equals);
  }
}
