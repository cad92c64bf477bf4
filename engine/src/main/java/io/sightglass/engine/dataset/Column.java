package io.sightglass.engine.dataset;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One column of a dataset contract. Immutable.
 *
 * @param mask how it is hidden at rest; present exactly for {@link Sensitivity#DIRECT}
 * @param domain the key space of a pseudonym; present exactly for {@link Mask#PSEUDONYM}
 * @param from the source's names for it, first one present wins; never empty (default: its name)
 */
public record Column(
    String name,
    ColumnType type,
    Sensitivity sensitivity,
    @Nullable Mask mask,
    @Nullable String domain,
    List<String> from,
    TextFormat text,
    Constraints constraints,
    String description) {

  public Column {
    from = from.isEmpty() ? List.of(name) : List.copyOf(from);
  }

  /**
   * What a value must satisfy, else its row is rejected.
   *
   * @param required NULL is rejected; a source without the column is quarantined
   * @param pattern regular expression that the whole text must match; null: any
   * @param allowed the only values; empty: any
   * @param min smallest value, as text of the column's type; null: none
   * @param max largest value, as text of the column's type; null: none
   */
  public record Constraints(
      boolean required,
      @Nullable String pattern,
      List<String> allowed,
      @Nullable String min,
      @Nullable String max) {

    public static final Constraints NONE = new Constraints(false, null, List.of(), null, null);

    public Constraints {
      allowed = List.copyOf(allowed);
    }
  }

  /** Whether its values as they came live in the vault only. */
  public boolean isDirect() {
    return sensitivity == Sensitivity.DIRECT;
  }

  /** The same of a source that spells its values otherwise. */
  public Column withText(TextFormat other) {
    return new Column(name, type, sensitivity, mask, domain, from, other, constraints, description);
  }

  /** Its type in the ordinary table: masked where the column is direct. */
  public ColumnType storedType() {
    return mask == null ? type : mask.storedType(type);
  }
}
