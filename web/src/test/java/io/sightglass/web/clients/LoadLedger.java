package io.sightglass.web.clients;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sightglass.web.Eventually;
import io.sightglass.web.RunningService;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code /v1/loads} of a running service, as somebody with the permission sees it.
 *
 * @param token of whom may see loads
 */
record LoadLedger(RunningService service, String token) {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration TIME = Duration.ofSeconds(60);
  private static final List<String> ON_THE_WAY = List.of("FOUND", "RUNNING");

  /** Looks for new objects and waits until none is on its way; every load, the newest first. */
  List<JsonNode> scan() throws Exception {
    HttpResponse<String> answer =
        service.send(
            service.request("/v1/loads/scan", token).POST(BodyPublishers.noBody()),
            BodyHandlers.ofString());
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
    return settled();
  }

  /** Waits until no load is on its way. */
  List<JsonNode> settled() throws Exception {
    Eventually.within(TIME, "loads", () -> loads().stream().noneMatch(LoadLedger::isOnTheWay));
    return loads();
  }

  private static boolean isOnTheWay(JsonNode load) {
    return ON_THE_WAY.contains(load.get("state").asText());
  }

  /** Every load. */
  List<JsonNode> loads() throws Exception {
    HttpResponse<String> answer =
        service.send(service.request("/v1/loads?limit=1000", token), BodyHandlers.ofString());
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    List<JsonNode> loads = new ArrayList<>();
    JSON.readTree(answer.body()).get("items").forEach(loads::add);
    return loads;
  }
}
