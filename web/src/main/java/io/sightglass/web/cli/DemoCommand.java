package io.sightglass.web.cli;

import io.sightglass.engine.ingest.ledger.Load;
import io.sightglass.engine.ingest.ledger.Load.RowCounts;
import io.sightglass.web.cli.sample.SampleData;
import io.sightglass.web.wiring.Engine;
import io.sightglass.web.wiring.Service;
import io.sightglass.web.wiring.Settings;
import io.sightglass.web.wiring.SettingsException;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Sample data, loaded and served, with everything that one needs to try it. */
@Command(
    name = "demo",
    description = "Generates sample data, loads it, serves it, and says how to ask.",
    mixinStandardHelpOptions = true)
final class DemoCommand implements Callable<Integer> {

  /** What the examples ask for. */
  private static final String FIRST = "benefits.claims";

  private static final Duration TOKENS_HOLD = Duration.ofDays(7);

  /** What is asked by each printed line, and as whom. */
  private record Example(String persona, String what, String accept, String sql) {}

  private static final Example[] EXAMPLES = {
    new Example(
        "analyst",
        "claims, as an analyst sees them: masked",
        "application/json",
        "SELECT claim_id, ssn, last_name, birth_date, zip, status FROM benefits.claims ORDER BY"
            + " claim_id LIMIT 3"),
    new Example(
        "station_user",
        "the same question, for one station's staff: their station alone",
        "text/csv",
        "SELECT station_of_jurisdiction, status, count(*) AS claims FROM benefits.claims GROUP BY"
            + " ALL ORDER BY ALL"),
    new Example(
        "pii_reader",
        "persons behind claims, for those who may; audited",
        "application/x-ndjson",
        "SELECT claim_id, ssn, first_name, last_name FROM benefits.claims_identified ORDER BY"
            + " claim_id LIMIT 3"),
  };

  @Spec private @Nullable CommandSpec command;

  @Option(names = "--rows", paramLabel = "N", description = "Claims. Default: ${DEFAULT-VALUE}.")
  private long rows = SampleData.DEFAULT_ROWS;

  @Option(names = "--days", paramLabel = "N", description = "Dumps. Default: ${DEFAULT-VALUE}.")
  private int days = SampleData.DEFAULT_DAYS;

  /** The launcher makes Java's AOT cache from what this runs through. */
  @Option(names = "--rehearse", hidden = true, description = "Asks the printed lines, and ends.")
  private boolean rehearse;

  DemoCommand() {}

  @Spec
  void addFlags(CommandSpec spec) {
    ServiceFlags.addTo(spec);
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    CommandSpec spec = Objects.requireNonNull(command);
    PrintWriter out = spec.commandLine().getOut();
    Settings settings = ServiceFlags.read(spec, out);
    if (!settings.isDevelopment()) {
      throw new SettingsException(
          "identity: a provider is configured; allowed: none, since a demo signs its own tokens");
    }
    SampleData.Options sample = options(spec, settings);
    Set<String> there = datasetsThere(settings);
    Engine engine = Engine.open(settings, InstantSource.system());
    try {
      if (there.contains(FIRST)) {
        out.println("Sample data is there from an earlier start");
      } else {
        loadFirst(sample, engine, out);
        note(settings, FIRST);
      }
    } catch (RuntimeException e) {
      engine.close();
      throw e;
    }
    Service service = Service.start(settings, engine);
    try {
      Map<String, String> tokens = tokens(settings);
      explain(tokens, service.url(), out);
      if (rehearse) {
        ask(tokens, service.url());
        service.close();
        return Main.DONE;
      }
      for (String dataset : SampleData.DATASETS) {
        if (!dataset.equals(FIRST) && !there.contains(dataset)) {
          generate(dataset, sample, engine, out);
          note(settings, dataset);
        }
      }
    } catch (RuntimeException | IOException e) {
      service.close();
      throw e;
    }
    ServeCommand.untilStopped(service);
    return Main.DONE;
  }

  private void loadFirst(SampleData.Options sample, Engine engine, PrintWriter out) {
    out.printf("Generating %,d claims over %d days ...%n", rows, days);
    out.flush();
    SampleData.generate(sample.withDataset(FIRST), written -> {});
    out.println("Loading them ...");
    out.flush();
    engine.loads().reconcile();
    engine.loads().scan();
    summarize(engine.loads().runDue(), out);
    engine.refreshes().runDue();
  }

  private SampleData.Options options(CommandSpec spec, Settings settings) {
    try {
      return SampleData.Options.into(landing(settings)).withRows(rows).withDays(days);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), "--" + e.getMessage(), e);
    }
  }

  /** Whose files are there, all of them, from an earlier start of the same demo. */
  private Set<String> datasetsThere(Settings settings) throws IOException {
    Path marker = marker(settings);
    if (Files.exists(marker) && Files.isDirectory(landing(settings).resolve("benefits"))) {
      List<String> lines = Files.readAllLines(marker);
      if (!lines.isEmpty() && lines.getFirst().equals(wanted(settings))) {
        return Set.copyOf(lines.subList(1, lines.size()));
      }
    }
    Files.createDirectories(settings.data());
    Files.writeString(marker, wanted(settings) + "\n");
    return Set.of();
  }

  private static void note(Settings settings, String dataset) throws IOException {
    Files.writeString(marker(settings), dataset + "\n", StandardOpenOption.APPEND);
  }

  private static Path landing(Settings settings) {
    Settings.Store store = settings.stores().landing();
    if (!store.isLocal()) {
      throw new SettingsException(
          "landing: \"%s\"; allowed for a demo: a file: URI, since it writes there"
              .formatted(store.root()));
    }
    return Path.of(store.root());
  }

  private static Path marker(Settings settings) {
    return settings.data().resolve("demo.txt");
  }

  private String wanted(Settings settings) {
    return "rows %d, days %d, landing %s".formatted(rows, days, landing(settings));
  }

  /** Comes in while the service answers, as it would from outside. */
  private static void generate(
      String dataset, SampleData.Options sample, Engine engine, PrintWriter out) {
    SampleData.generate(sample.withDataset(dataset), written -> {});
    out.printf("%s is generated and comes in now%n", dataset);
    out.flush();
    engine.loads().scan();
  }

  private static void summarize(List<Load> loads, PrintWriter out) {
    Map<Load.State, Long> byState =
        loads.stream()
            .collect(Collectors.groupingBy(Load::state, TreeMap::new, Collectors.counting()));
    long rows =
        loads.stream().map(Load::rows).filter(Objects::nonNull).mapToLong(RowCounts::written).sum();
    if (!loads.isEmpty()) {
      out.printf(
          "%,d rows loaded; files: %s%n",
          rows,
          byState.entrySet().stream()
              .map(entry -> entry.getValue() + " " + entry.getKey())
              .collect(Collectors.joining(", ")));
      out.flush();
    }
  }

  private static Map<String, String> tokens(Settings settings) {
    Map<String, String> tokens = new TreeMap<>();
    Personas.read(settings.views())
        .forEach((name, persona) ->
            tokens.put(name, Personas.token(settings, name, persona, TOKENS_HOLD)));
    return tokens;
  }

  private static void explain(Map<String, String> tokens, String url, PrintWriter out) {
    out.printf("%nSightglass answers at %s%n%nOne token per persona:%n", url);
    tokens.forEach((name, token) -> out.printf("  %-24s %s%n", name, token));
    out.printf("%nTry:%n");
    for (Example example : EXAMPLES) {
      String token = tokens.get(example.persona());
      if (token != null) {
        out.printf("# %s%n", example.what());
        out.printf(
            "curl -sS %s/v1/sql -H 'Authorization: Bearer %s' -H 'Accept: %s' --data-binary '%s'%n",
            url, token, example.accept(), example.sql());
      }
    }
    out.printf("%nCtrl-C stops it.%n");
    out.flush();
  }

  private static void ask(Map<String, String> tokens, String url)
      throws IOException, InterruptedException {
    try (HttpClient client = HttpClient.newHttpClient()) {
      for (Example example : EXAMPLES) {
        HttpRequest question =
            HttpRequest.newBuilder(URI.create(url + "/v1/sql"))
                .header("Authorization", "Bearer " + tokens.get(example.persona()))
                .header("Accept", example.accept())
                .POST(BodyPublishers.ofString(example.sql()))
                .build();
        HttpResponse<String> answer = client.send(question, BodyHandlers.ofString());
        if (answer.statusCode() != 200) {
          throw new IOException(
              "The demo's question was answered with "
                  + answer.statusCode()
                  + ": "
                  + answer.body());
        }
      }
    }
  }
}
