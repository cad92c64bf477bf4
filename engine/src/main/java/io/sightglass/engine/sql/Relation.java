package io.sightglass.engine.sql;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The sizes of the columns of a table or query. Immutable.
 *
 * @param alias what qualifies its columns, folded; empty: nothing
 * @param named by folded name
 * @param ordered every column in order; null: not known in order
 * @param other the size of a column that is not named; null: there is none
 */
record Relation(
    String alias,
    Map<String, ValueSize> named,
    @Nullable List<ValueSize> ordered,
    @Nullable ValueSize other) {

  static Relation ofView(String alias) {
    return new Relation(alias, Map.of(), null, ValueSize.COLUMN);
  }

  static Relation ofColumn(String alias, String name, ValueSize size) {
    return new Relation(alias, Map.of(name, size), List.of(size), null);
  }

  /** The largest of all columns. */
  ValueSize largest() {
    ValueSize largest = other == null ? ValueSize.NUMBER : other;
    for (ValueSize size : named.values()) {
      largest = largest.max(size);
    }
    if (ordered != null) {
      for (ValueSize size : ordered) {
        largest = largest.max(size);
      }
    }
    return largest;
  }

  /** All columns as one struct. */
  ValueSize row() {
    ValueSize row = other == null ? ValueSize.NUMBER : ValueSize.ROW.max(other.times(16));
    for (ValueSize size : named.values()) {
      row = row.plus(size);
    }
    return row;
  }

  /** The column of that name, or of none that is known; null: there is no such column. */
  @Nullable ValueSize find(String name) {
    ValueSize size = named.get(name);
    return size == null ? other : size;
  }

  /** The same under another name and with other names of its first columns. */
  Relation as(String newAlias, List<String> names) {
    String qualifier = newAlias.isEmpty() ? alias : Names.fold(newAlias);
    if (names.isEmpty()) {
      return new Relation(qualifier, named, ordered, other);
    }
    Map<String, ValueSize> renamed = new LinkedHashMap<>();
    if (ordered != null && ordered.size() == names.size()) {
      for (int index = 0; index < names.size(); index++) {
        renamed.put(Names.fold(names.get(index)), ordered.get(index));
      }
      return new Relation(qualifier, renamed, ordered, null);
    }
    ValueSize largest = largest();
    renamed.putAll(named);
    names.forEach(name -> renamed.put(Names.fold(name), largest));
    return new Relation(qualifier, renamed, null, other == null ? null : largest);
  }

  /** What either may be, column by column where both are known in order. */
  Relation union(Relation right) {
    if (ordered == null || right.ordered == null || ordered.size() != right.ordered.size()) {
      return unionByName(right);
    }
    List<ValueSize> both = new ArrayList<>();
    for (int index = 0; index < ordered.size(); index++) {
      both.add(ordered.get(index).max(right.ordered.get(index)));
    }
    if (named.size() != both.size() || other != null) {
      Relation merged = unionByName(right);
      return new Relation(alias, merged.named(), both, merged.other());
    }
    Map<String, ValueSize> merged = new LinkedHashMap<>();
    int index = 0;
    for (String name : named.keySet()) {
      merged.put(name, both.get(index++));
    }
    return new Relation(alias, merged, both, null);
  }

  private Relation unionByName(Relation right) {
    ValueSize largest = largest().max(right.largest());
    Map<String, ValueSize> merged = new LinkedHashMap<>();
    named.keySet().forEach(name -> merged.put(name, largest));
    right.named.keySet().forEach(name -> merged.put(name, largest));
    return new Relation(alias, merged, null, largest);
  }
}
