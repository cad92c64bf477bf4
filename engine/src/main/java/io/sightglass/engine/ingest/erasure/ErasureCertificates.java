package io.sightglass.engine.ingest.erasure;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.database.MetadataDatabase;
import io.sightglass.engine.database.Transaction;
import io.sightglass.engine.ingest.persons.ErasedPersons;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Certificates of erasures that are younger than what was restored: they are registered anew, so
 * that the service begins with them when it starts. Stateless.
 */
public final class ErasureCertificates {

  private static final ObjectMapper JSON =
      new ObjectMapper().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

  private ErasureCertificates() {}

  /**
   * Reads the answer to an erasure.
   *
   * @throws EngineException {@code INVALID_REQUEST} when it is none
   */
  public static Erasure read(String json) {
    @Nullable Erasure erasure;
    try {
      erasure = JSON.readValue(json, Erasure.class);
    } catch (JsonProcessingException | NullPointerException e) {
      throw none(e);
    }
    if (erasure == null || erasure.remembered().isEmpty()) {
      throw none(null);
    }
    return erasure;
  }

  private static EngineException none(@Nullable Exception cause) {
    return new EngineException(
        ErrorCode.INVALID_REQUEST,
        "A certificate cannot be read; allowed: the JSON that /v1/erasures answered",
        cause);
  }

  /** What {@link #read} reads. */
  public static String write(Erasure erasure) {
    try {
      return JSON.writeValueAsString(erasure);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a certificate can be written", e);
    }
  }

  /** The ids of erasures that have come to their end: whatever is copied from now on knows them. */
  public static Set<String> ended(MetadataDatabase database) {
    return new ErasureRows(database)
        .all().stream()
            .filter(erasure -> erasure.state() == Erasure.State.DONE)
            .map(Erasure::id)
            .collect(Collectors.toSet());
  }

  /** All but some, as they are now, the oldest first. */
  public static List<Erasure> without(MetadataDatabase database, Set<String> ids) {
    return new ErasureRows(database)
        .all().stream().filter(erasure -> !ids.contains(erasure.id())).toList();
  }

  /**
   * Remembers the persons, whom no load brings from now on, and whom the next start removes; of an
   * erasure that is known already, nothing.
   */
  public static void register(Transaction transaction, List<Erasure> certificates, Instant now) {
    for (Erasure one : certificates) {
      if (ErasureRows.find(transaction, one.id()).isPresent()) {
        continue;
      }
      ErasedPersons.add(transaction, one.id(), one.remembered());
      ErasureRows.put(
          transaction,
          Erasure.registered(one.id(), one.dataset(), one.requestedBy(), now, one.remembered()));
    }
  }
}
