package io.sightglass.web.clients;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sightglass.web.Eventually;
import io.sightglass.web.RunningService;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Threads that ask a service for its sales in every way there is, all the time. Each answer must be
 * either that of before a change or that of after it: with the new column and the mask on the day,
 * or with neither. Thread-safe.
 */
final class ViewsPollers implements AutoCloseable {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration TIME = Duration.ofSeconds(60);
  private static final String PLAIN = "2026-01-02";
  private static final String MASKED = "2026-01-01";

  /** What an answer says of the change. */
  private enum Seen {
    BEFORE,
    AFTER
  }

  /** Reads an answer; throws where it is a mixture of both. */
  @FunctionalInterface
  private interface Reading {
    Seen read(String body) throws IOException;
  }

  private final RunningService service;
  private final String token;
  private final List<Poller> pollers = new ArrayList<>();
  private final ConcurrentLinkedQueue<String> failures = new ConcurrentLinkedQueue<>();
  private volatile boolean stopped;

  private ViewsPollers(RunningService service, String token) {
    this.service = service;
    this.token = token;
  }

  static ViewsPollers start(RunningService service, String token) throws Exception {
    ViewsPollers all = new ViewsPollers(service, token);
    String everything = "SELECT * FROM shop.sales WHERE id <= 3";
    for (int twice = 0; twice < 2; twice++) {
      all.poll(all.sql(everything, "application/json"), ViewsPollers::ofJson);
      all.poll(
          all.sql("SELECT * FROM shop.sales_identified WHERE id <= 3", "text/csv"),
          ViewsPollers::ofDays);
    }
    all.poll(all.sql(everything, "application/x-ndjson"), ViewsPollers::ofDays);
    all.poll(service.request("/v1/queries/shop/by_day?format=csv", token), ViewsPollers::ofDays);
    all.poll(
        service
            .request("/v1/sql/check", token)
            .header("Content-Type", "application/sql")
            .POST(BodyPublishers.ofString(everything)),
        ViewsPollers::ofColumns);
    all.poll(service.request("/v1/datasets/shop/sales", token), ViewsPollers::ofColumns);
    all.awaitAnother();
    return all;
  }

  private HttpRequest.Builder sql(String sql, String mediaType) {
    return service.statement(sql, mediaType, token);
  }

  private void poll(HttpRequest.Builder request, Reading reading) {
    Poller poller = new Poller(request, reading);
    pollers.add(poller);
    poller.thread.start();
  }

  /** Every answer that was none, or was neither that of before nor that of after. */
  List<String> failures() {
    return List.copyOf(failures);
  }

  /** Waits until each has asked and been answered once more. */
  void awaitAnother() throws Exception {
    List<Long> before = pollers.stream().map(poller -> poller.answers.get()).toList();
    for (int index = 0; index < pollers.size(); index++) {
      Poller poller = pollers.get(index);
      // The one on its way may have begun before this was asked.
      long wanted = before.get(index) + 2;
      Eventually.within(TIME, "another answer", () -> stopped || poller.answers.get() >= wanted);
    }
  }

  /** Whether the last answers are those of after the change; fails where they do not agree. */
  boolean changed() {
    Set<Seen> last = new HashSet<>(pollers.stream().map(poller -> poller.last).toList());
    assertThat(last).hasSize(1);
    return last.contains(Seen.AFTER);
  }

  @Override
  public void close() {
    stopped = true;
    try {
      for (Poller poller : pollers) {
        poller.thread.join();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static Seen ofJson(String body) throws IOException {
    JsonNode answer = JSON.readTree(body);
    boolean column = answer.get("columns").findValuesAsText("name").contains("label");
    boolean mask = answer.at("/policy/masks").toString().contains("shop.sales.day: year");
    assertThat(mask).as(body).isEqualTo(column);
    assertThat(ofDays(answer.get("rows").toString())).isEqualTo(seen(mask));
    return seen(mask);
  }

  private static Seen ofColumns(String body) throws IOException {
    JsonNode columns = JSON.readTree(body).get("columns");
    boolean column = columns.findValuesAsText("name").contains("label");
    boolean mask = columns.findValuesAsText("mask").contains("year");
    assertThat(mask).as(body).isEqualTo(column);
    return seen(mask);
  }

  private static Seen ofDays(String body) {
    assertThat(body.contains(PLAIN)).as(body).isNotEqualTo(body.contains(MASKED));
    return seen(body.contains(MASKED));
  }

  private static Seen seen(boolean after) {
    return after ? Seen.AFTER : Seen.BEFORE;
  }

  /** One thread. */
  private final class Poller {

    private final HttpRequest.Builder request;
    private final Reading reading;
    private final Thread thread = Thread.ofPlatform().unstarted(this::run);
    private final AtomicLong answers = new AtomicLong();
    private volatile Seen last = Seen.BEFORE;

    Poller(HttpRequest.Builder request, Reading reading) {
      this.request = request;
      this.reading = reading;
    }

    private void run() {
      while (!stopped) {
        try {
          HttpResponse<String> answer = service.send(request, BodyHandlers.ofString());
          assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
          last = reading.read(answer.body());
        } catch (IOException | InterruptedException | RuntimeException | AssertionError e) {
          failures.add(request.build().uri() + ": " + e);
        }
        answers.incrementAndGet();
      }
    }
  }
}
