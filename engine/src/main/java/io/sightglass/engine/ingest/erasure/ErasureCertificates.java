package io.sightglass.engine.ingest.erasure;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.database.MetadataDatabase;
import java.time.Instant;
import java.util.List;
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

  /** Remembers the persons, whom no load brings from now on, and whom the next start removes. */
  public static void register(MetadataDatabase database, List<Erasure> certificates, Instant now) {
    for (Erasure one : certificates) {
      ErasedPersons.add(database, one.id(), one.remembered());
      new ErasureRows(database)
          .put(
              new Erasure(
                  one.id(),
                  one.dataset(),
                  Erasure.State.REGISTERED,
                  one.requestedBy(),
                  now.toString(),
                  null,
                  one.remembered(),
                  List.of(),
                  List.of(),
                  List.of(),
                  0));
    }
  }
}
