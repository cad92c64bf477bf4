package io.sightglass.engine.ingest.erasure;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.ingest.persons.ErasedPersons.Remembered;
import io.sightglass.engine.ingest.stores.KnownBackups;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One person's erasure, which is its certificate too: what was removed, and what somebody else has
 * to remove. Immutable; names nobody.
 *
 * @param requestedAt an instant in ISO 8601, as is {@code endedAt}
 * @param endedAt null until it is {@code DONE}
 * @param remembered by which the person is kept from coming back; another deployment that restores
 *     an older backup needs them
 * @param tables what was removed of each dataset
 * @param results of materialised views that were made anew without the person
 * @param landing objects that are known to have brought the person
 * @param filesWaiting files that are removed when the statements that read them have ended
 * @param backups that began before the end, and may hold the person; whoever keeps them removes
 *     them
 */
public record Erasure(
    @JsonProperty("id") String id,
    @JsonProperty("dataset") String dataset,
    @JsonProperty("state") State state,
    @JsonProperty("requestedBy") String requestedBy,
    @JsonProperty("requestedAt") String requestedAt,
    @JsonProperty("endedAt") @Nullable String endedAt,
    @JsonProperty("remembered") List<Remembered> remembered,
    @JsonProperty("tables") List<ErasedTable> tables,
    @JsonProperty("results") List<String> results,
    @JsonProperty("landing") List<LandingObject> landing,
    @JsonProperty("filesWaiting") int filesWaiting,
    @JsonProperty("backups") List<KnownBackups.Made> backups) {

  /** How far it has come. */
  public enum State {
    /** The person is remembered, so that no load brings them; what is there is being removed. */
    REGISTERED,
    /** No statement finds the person any longer; files wait for statements that began before. */
    REMOVED,
    /** No file of a table holds the person any longer. */
    DONE
  }

  /**
   * What was removed of one dataset.
   *
   * @param rows of the ordinary table
   * @param vaultRows of the vault
   * @param rejects rejected rows with a value of the person
   */
  public record ErasedTable(
      @JsonProperty("dataset") String dataset,
      @JsonProperty("rows") long rows,
      @JsonProperty("vaultRows") long vaultRows,
      @JsonProperty("rejects") long rejects) {}

  /** What became of an object of the landing store. */
  public enum Fate {
    /** Nothing: it is the source's to remove, or the service has not come to it yet. */
    LISTED,
    /** The service removed it, or found it gone. */
    REMOVED,
    /** Another object has its name; if that brought the person too, it is listed by itself. */
    REPLACED,
    /** Nothing: it was never loaded, and nobody knows whether it holds the person. */
    UNSEARCHED
  }

  /** An object of the landing store, as the ledger knows it. */
  public record LandingObject(
      @JsonProperty("name") String name,
      @JsonProperty("etag") String etag,
      @JsonProperty("sha256") @Nullable String sha256,
      @JsonProperty("fate") Fate fate) {

    public LandingObject {
      fate = fate == null ? Fate.LISTED : fate; // in certificates of earlier versions
    }

    /** Whatever became of it. */
    boolean isSameAs(LandingObject other) {
      return name.equals(other.name()) && etag.equals(other.etag());
    }

    LandingObject with(Fate known) {
      return new LandingObject(name, etag, sha256, known);
    }
  }

  /** One that was asked for just now. */
  static Erasure registered(
      String id, String dataset, String by, Instant now, List<Remembered> remembered) {
    return new Erasure(
        id,
        dataset,
        State.REGISTERED,
        by,
        now.toString(),
        null,
        remembered,
        List.of(),
        List.of(),
        List.of(),
        0,
        List.of());
  }

  /** The rows have gone; {@code state} says whether a load may have brought more meanwhile. */
  Erasure removed(
      State reached, List<ErasedTable> from, List<String> remade, List<LandingObject> brought) {
    return new Erasure(
        id,
        dataset,
        reached,
        requestedBy,
        requestedAt,
        null,
        remembered,
        from,
        remade,
        brought,
        0,
        backups);
  }

  /** The datasets whose tables have been searched. */
  Set<QualifiedName> searched() {
    return tables.stream()
        .map(table -> QualifiedName.parse(table.dataset()))
        .collect(Collectors.toSet());
  }

  /** Not at its end, as it turned out. */
  Erasure reopened() {
    return removed(State.REGISTERED, tables, results, landing);
  }

  /** What has become of files and landing objects; {@code end} is null until it is done. */
  Erasure cleaned(@Nullable Instant end, int waiting, List<LandingObject> objects) {
    return new Erasure(
        id,
        dataset,
        end == null ? State.REMOVED : State.DONE,
        requestedBy,
        requestedAt,
        end == null ? null : end.toString(),
        remembered,
        tables,
        results,
        objects,
        waiting,
        backups);
  }

  /** The same, with the backups that may hold the person. */
  Erasure with(List<KnownBackups.Made> known) {
    return new Erasure(
        id,
        dataset,
        state,
        requestedBy,
        requestedAt,
        endedAt,
        remembered,
        tables,
        results,
        landing,
        filesWaiting,
        known);
  }

  public Erasure {
    remembered = List.copyOf(remembered);
    tables = List.copyOf(tables);
    results = List.copyOf(results);
    landing = List.copyOf(landing);
    backups = backups == null ? List.of() : List.copyOf(backups); // none in earlier versions
  }
}
