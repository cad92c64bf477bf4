package io.sightglass.web.api;

import com.fasterxml.jackson.databind.JsonNode;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.annotation.Body;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Post;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.micronaut.security.annotation.Secured;
import io.micronaut.security.rules.SecurityRule;
import io.micronaut.serde.annotation.Serdeable;
import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.access.Permission;
import io.sightglass.engine.access.Principal;
import io.sightglass.engine.ingest.erasure.Erasure;
import io.sightglass.engine.ingest.erasure.ErasureService;
import io.sightglass.web.security.Callers;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** {@code /v1/erasures}: persons who are removed and do not come back. */
@Controller("/v1/erasures")
@Secured(SecurityRule.IS_AUTHENTICATED)
@ExecuteOn(TaskExecutors.BLOCKING)
final class ErasuresController {

  private static final Logger AUDIT = LoggerFactory.getLogger("sightglass.audit");

  private final ErasureService erasures;
  private final Callers callers;
  private final IdempotencyKeys keys;

  ErasuresController(ErasureService erasures, Callers callers, IdempotencyKeys keys) {
    this.erasures = erasures;
    this.callers = callers;
    this.keys = keys;
  }

  @Post
  HttpResponse<?> erase(HttpRequest<?> request, @Body @Nullable String body) {
    Principal principal = callers.with(Permission.ERASURES, request);
    JsonBody wanted = JsonBody.of(body, "dataset", "key");
    QualifiedName dataset = dataset(wanted.get("dataset"));
    Map<String, String> key = key(wanted.get("key"));
    return keys.once(
        request,
        principal,
        erasures.digest(String.valueOf(body)), // whom it names is kept nowhere
        () -> {
          Erasure erasure = erasures.erase(dataset, key, principal.user());
          AUDIT.info("erasure {} over {} by {}", erasure.id(), dataset, principal.user());
          return HttpResponse.created(ErasureJson.of(erasure))
              .headers(headers -> headers.location(URI.create("/v1/erasures/" + erasure.id())));
        });
  }

  @Get(uri = "/{id}", headRoute = false)
  ErasureJson one(HttpRequest<?> request, String id) {
    callers.with(Permission.ERASURES, request);
    return erasures
        .find(id)
        .map(ErasureJson::of)
        .orElseThrow(() ->
            new EngineException(
                ErrorCode.NOT_FOUND, "Erasure: \"%s\" does not exist".formatted(id)));
  }

  private static QualifiedName dataset(JsonNode node) {
    try {
      return QualifiedName.parse(node.asText());
    } catch (IllegalArgumentException e) {
      throw invalid("dataset: \"%s\"; allowed: schema.name".formatted(node.asText()));
    }
  }

  /** By column; under the empty name where the value stands alone. */
  private static Map<String, String> key(JsonNode node) {
    Map<String, String> key = new TreeMap<>();
    if (node.isObject()) {
      node.properties().forEach(entry -> key.put(entry.getKey(), value(entry.getValue())));
    } else {
      key.put("", value(node));
    }
    return key;
  }

  private static String value(JsonNode node) {
    boolean isValue = node.isTextual() || node.isNumber();
    if (!isValue || node.asText().isEmpty()) {
      throw invalid(
          "key: neither a text nor a number; allowed: a value, or an object with a value by column");
    }
    return node.asText();
  }

  private static EngineException invalid(String detail) {
    return new EngineException(ErrorCode.INVALID_REQUEST, detail);
  }

  /** An erasure and its certificate. */
  @Serdeable
  record ErasureJson(
      String id,
      String dataset,
      Erasure.State state,
      String requestedBy,
      String requestedAt,
      @Nullable String endedAt,
      List<RememberedJson> remembered,
      List<TableJson> tables,
      List<String> results,
      List<ObjectJson> landing,
      int filesWaiting,
      List<BackupJson> backups) {

    static ErasureJson of(Erasure erasure) {
      return new ErasureJson(
          erasure.id(),
          erasure.dataset(),
          erasure.state(),
          erasure.requestedBy(),
          erasure.requestedAt(),
          erasure.endedAt(),
          erasure.remembered().stream()
              .map(one -> new RememberedJson(one.scope(), one.pseudonym()))
              .toList(),
          erasure.tables().stream()
              .map(one -> new TableJson(one.dataset(), one.rows(), one.vaultRows(), one.rejects()))
              .toList(),
          erasure.results(),
          erasure.landing().stream()
              .map(one -> new ObjectJson(one.name(), one.etag(), one.sha256(), one.fate()))
              .toList(),
          erasure.filesWaiting(),
          erasure.backups().stream()
              .map(one -> new BackupJson(one.set(), one.target(), one.begunAt()))
              .toList());
    }
  }

  /** By what the person is kept from coming back. */
  @Serdeable
  record RememberedJson(String scope, String pseudonym) {}

  /** What was removed of one dataset. */
  @Serdeable
  record TableJson(String dataset, long rows, long vaultRows, long rejects) {}

  /** An object that is known to have brought the person, and what became of it. */
  @Serdeable
  record ObjectJson(String name, String etag, @Nullable String sha256, Erasure.Fate fate) {}

  /** A backup that may hold the person. */
  @Serdeable
  record BackupJson(String set, String target, String begunAt) {}
}
