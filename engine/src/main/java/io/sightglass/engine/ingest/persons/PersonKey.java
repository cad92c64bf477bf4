package io.sightglass.engine.ingest.persons;

import static io.sightglass.engine.duckdb.Quoted.name;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.dataset.Column;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.dataset.TextFormat;
import io.sightglass.engine.duckdb.DuckDbSession;
import io.sightglass.engine.ingest.check.CellCast;
import io.sightglass.engine.ingest.check.PseudonymKeys;
import io.sightglass.engine.ingest.persons.ErasedPersons.Remembered;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Reads whom a request means, and keeps nothing of it but a digest. Immutable. */
public final class PersonKey {

  private final Dataset dataset;
  private final PseudonymKeys keys;

  public PersonKey(Dataset dataset, PseudonymKeys keys) {
    this.dataset = dataset;
    this.keys = keys;
  }

  /** The person, in a session that may learn the keys. */
  public Remembered person(DuckDbSession session, Map<String, String> key) {
    PersonColumn column = column(key.keySet());
    keys.define(session, column.keyName());
    List<String> texts = new ArrayList<>();
    for (Column one : column.parts()) {
      texts.add(key.containsKey(one.name()) ? key.get(one.name()) : key.getOrDefault("", ""));
    }
    // The value as a load has it, of an ISO text or one by the contract: 007 and 7 are one BIGINT,
    // and 7.4 is none, which the engine would round.
    String given =
        column.parts().stream()
            .map(one -> "CAST(? AS VARCHAR) AS " + name(one.name()))
            .collect(Collectors.joining(", "));
    String typed =
        column.parts().stream()
            .map(one ->
                "coalesce(%s, %s) AS %s"
                    .formatted(
                        CellCast.value(one.withText(TextFormat.DEFAULT), name(one.name())),
                        CellCast.value(one, name(one.name())),
                        name(one.name())))
            .collect(Collectors.joining(", "));
    String isTyped =
        column.parts().stream()
            .map(one -> name(one.name()) + " IS NOT NULL")
            .collect(Collectors.joining(" AND "));
    List<String> found =
        session.query(
            "SELECT %s FROM (SELECT %s FROM (SELECT %s)) WHERE %s"
                .formatted(column.pseudonym(), typed, given, isTyped),
            texts,
            row -> row.getString(1));
    if (found.isEmpty()) {
      throw invalid(
          "key: the value of %s is not of its type; allowed: %s"
              .formatted(
                  column.column(),
                  column.parts().stream()
                      .map(one -> one.type().sql())
                      .collect(Collectors.joining(", "))));
    }
    return new Remembered(column.scope(), found.getFirst());
  }

  private PersonColumn column(Set<String> named) {
    List<PersonColumn> possible = PersonColumn.of(dataset);
    if (possible.isEmpty()) {
      throw invalid(
          "dataset: %s tells no person apart: it has no column with a pseudonym, nor a key on one side"
              .formatted(dataset.name()));
    }
    for (PersonColumn column : possible) {
      if (named.equals(Set.of(column.column().split(",", -1)))) {
        return column;
      }
    }
    boolean only =
        named.equals(Set.of(""))
            && possible.size() == 1
            && !possible.getFirst().column().contains(",");
    if (only) {
      return possible.getFirst();
    }
    throw invalid(
        "key: %s; allowed: an object with a value for %s"
            .formatted(
                named.equals(Set.of("")) ? "one value" : String.join(",", named),
                possible.stream()
                    .map(PersonColumn::column)
                    .collect(Collectors.joining(", or for "))));
  }

  private static EngineException invalid(String detail) {
    return new EngineException(ErrorCode.INVALID_REQUEST, detail);
  }
}
