package io.sightglass.web.wiring;

import io.sightglass.engine.access.Principal;
import io.sightglass.engine.query.CheckingStatement;
import io.sightglass.engine.query.RunningStatement;
import io.sightglass.engine.query.StatementOutput;
import io.sightglass.engine.query.StatementRequest;
import io.sightglass.engine.query.StatementService;
import io.sightglass.engine.result.ArrowCompression;
import io.sightglass.engine.result.ArrowEncoder;
import io.sightglass.engine.result.ResultEncoder;
import io.sightglass.engine.result.ResultEncoders;
import io.sightglass.engine.result.ResultFormat;
import io.sightglass.web.api.HealthReport;
import io.sightglass.web.api.MeController;
import io.sightglass.web.api.Negotiation.ArrowCodec;
import io.sightglass.web.api.Statements;
import io.sightglass.web.api.stream.Answer;
import io.sightglass.web.security.TokenVerifier;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A running service: the engine, its clock, and HTTP. Close it to stop. */
public final class Service implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Service.class);

  /** Nobody asks for silence to the second. */
  private static final Duration MUTES_EVERY = Duration.ofSeconds(10);

  private static final Duration DATABASE_EVERY = Duration.ofSeconds(2);

  private final Engine engine;
  private final HttpServer http;
  private final ScheduledExecutorService ticks;

  private Service(Engine engine, HttpServer http, ScheduledExecutorService ticks) {
    this.engine = engine;
    this.http = http;
    this.ticks = ticks;
  }

  /**
   * Listens, then looks at views and landing folder on the clock.
   *
   * @param engine is closed with the service
   */
  public static Service start(Settings settings, Engine engine) {
    if (settings.isDevelopment()) {
      LOG.warn(
          "No identity provider is configured: for development, on this machine only, with tokens"
              + " that anybody signs who can read the data folder");
    }
    DatabaseWatch database = new DatabaseWatch(engine.database());
    HttpServer http = HttpServer.start(settings, parts(settings, engine, database));
    ScheduledExecutorService ticks =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("ticks").daemon().factory());
    tick(ticks, settings.rhythm().views(), "The views folder", engine::refreshViews);
    tick(ticks, DATABASE_EVERY, "The metadata database", database::look);
    if (settings.stores().database() != null) {
      tick(ticks, engine.lookAtOthersEvery(), "What others left", engine::lookAtOthers);
    }
    engine.warm();
    engine.loads().start();
    engine.refreshes().start();
    engine.erasures().start();
    engine.notifications().start();
    var _ =
        ticks.scheduleWithFixedDelay(
            () -> endMutes(engine), 0, MUTES_EVERY.toMillis(), TimeUnit.MILLISECONDS);
    return new Service(engine, http, ticks);
  }

  private static void tick(
      ScheduledExecutorService ticks, Duration every, String what, Runnable look) {
    long millis = every.toMillis();
    var _ =
        ticks.scheduleWithFixedDelay(
            () -> {
              try {
                look.run();
              } catch (RuntimeException e) {
                // Thrown on, it would end the clock.
                LOG.error("{} could not be looked at; the next look follows", what, e);
              }
            },
            millis,
            millis,
            TimeUnit.MILLISECONDS);
  }

  private static void endMutes(Engine engine) {
    try {
      engine.alerts().endMutes();
    } catch (RuntimeException e) {
      // Thrown on, it would end the clock.
      LOG.error("Alerts may be muted longer than they should; the next look follows", e);
    }
  }

  private static ServiceParts parts(Settings settings, Engine engine, DatabaseWatch database) {
    return new ServiceParts(
        new OfEngine(engine.statements()),
        engine.log(),
        engine.loads(),
        engine.erasures(),
        engine.answers(),
        engine.alerts(),
        engine.catalogue(),
        engine.policies(),
        Service::encoder,
        Answer.Pace.USUAL,
        engine::pack,
        user -> usage(engine, user),
        () -> health(engine, database),
        verifier(settings, engine));
  }

  private static TokenVerifier verifier(Settings settings, Engine engine) {
    Settings.Provider provider = settings.identity().provider();
    return provider == null
        ? TokenVerifier.ofKey(
            DevelopmentKey.of(settings.data()), settings.identity().skew(), engine.clock())
        : TokenVerifier.ofProvider(provider, settings.identity().skew(), engine.clock());
  }

  private static ResultEncoder encoder(ResultFormat format, ArrowCodec codec) {
    return switch (codec) {
      case NONE -> ResultEncoders.of(format);
      case ZSTD ->
          format == ResultFormat.ARROW
              ? new ArrowEncoder(ArrowCompression.ZSTD)
              : ResultEncoders.of(format);
      case LZ4 ->
          format == ResultFormat.ARROW
              ? new ArrowEncoder(ArrowCompression.LZ4)
              : ResultEncoders.of(format);
    };
  }

  private static MeController.Used usage(Engine engine, String user) {
    int[] used = engine.admission().used(user);
    return new MeController.Used(used[0], used[1], 0);
  }

  private static HealthReport.State health(Engine engine, DatabaseWatch watch) {
    HealthReport.Part views =
        engine
            .findViewsTrouble()
            .map(trouble -> new HealthReport.Part("views", "DEGRADED", trouble))
            .orElseGet(() -> new HealthReport.Part("views", "UP", ""));
    HealthReport.Part statements =
        new HealthReport.Part(
            "statements",
            "UP",
            "%d running, %d waiting, %d broken engines replaced"
                .formatted(
                    engine.admission().running(),
                    engine.admission().queued(),
                    engine.replacedEngines()));
    HealthReport.Part held = new HealthReport.Part("engines", "UP", engine.held());
    boolean isThere = watch.isThere();
    HealthReport.Part database =
        isThere
            ? new HealthReport.Part("database", "UP", "")
            : new HealthReport.Part(
                "database",
                "DOWN",
                "It does not answer, or cannot be written; statements and loads need it");
    return new HealthReport.State(
        isThere ? views.status() : database.status(),
        isThere && engine.erasures().isReady(),
        engine.pack().version(),
        List.of(views, statements, held, database));
  }

  /** The page's address. */
  public String url() {
    return http.url();
  }

  @Override
  public void close() {
    ticks.shutdownNow();
    http.close();
    engine.close();
  }

  private record OfEngine(StatementService service) implements Statements {
    @Override
    public <T> RunningStatement<T> execute(
        StatementRequest request, Principal principal, StatementOutput<T> output) {
      return service.execute(request, principal, output);
    }

    @Override
    public CheckingStatement check(StatementRequest request, Principal principal) {
      return service.check(request, principal);
    }

    @Override
    public CompletableFuture<Optional<String>> findUnchanged(
        StatementRequest request, Principal principal, Collection<String> tags) {
      return service.findUnchanged(request, principal, tags);
    }

    @Override
    public boolean cancel(String id) {
      return service.cancel(id);
    }

    @Override
    public OptionalDouble progress(String id) {
      return service.progress(id);
    }
  }
}
