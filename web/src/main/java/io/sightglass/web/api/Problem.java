package io.sightglass.web.api;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.micronaut.serde.annotation.Serdeable;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A failure as RFC 9457 writes it.
 *
 * @param type where the code is explained
 * @param instance of this one failure, as it stands in the log
 * @param suggestions names that the caller may know and may have meant
 */
@Serdeable
@JsonInclude(JsonInclude.Include.NON_NULL)
record Problem(
    String type,
    String title,
    int status,
    String detail,
    String code,
    String instance,
    @Nullable String statementId,
    @Nullable Place position,
    @Nullable List<String> suggestions) {

  static final String MEDIA_TYPE = "application/problem+json";

  /** A place in the caller's SQL, counted from 1. */
  @Serdeable
  record Place(int line, int column) {}
}
