package io.sightglass.engine.ingest.erasure;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.sightglass.engine.ingest.erasure.ErasedPersons.Remembered;
import java.util.List;
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
 * @param landing objects that are known to have brought the person; they are the source's to remove
 * @param filesWaiting files that are removed when the statements that read them have ended
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
    @JsonProperty("filesWaiting") int filesWaiting) {

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

  /** An object of the landing store, as the ledger knows it. */
  public record LandingObject(
      @JsonProperty("name") String name,
      @JsonProperty("etag") String etag,
      @JsonProperty("sha256") @Nullable String sha256) {}

  public Erasure {
    remembered = List.copyOf(remembered);
    tables = List.copyOf(tables);
    results = List.copyOf(results);
    landing = List.copyOf(landing);
  }
}
