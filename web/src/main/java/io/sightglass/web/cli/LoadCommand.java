package io.sightglass.web.cli;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.ingest.LoadService;
import io.sightglass.engine.ingest.ledger.Load;
import io.sightglass.engine.ingest.ledger.LoadFilter;
import io.sightglass.engine.ingest.run.DryRun;
import io.sightglass.engine.ingest.stores.Reject;
import io.sightglass.web.wiring.Engine;
import io.sightglass.web.wiring.Settings;
import io.sightglass.web.wiring.TemporaryEngine;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.time.LocalDate;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Scans and loads without serving; one line a file. */
@Command(
    name = "load",
    description = "Scans and loads without serving; prints one line a file.",
    mixinStandardHelpOptions = true)
final class LoadCommand implements Callable<Integer> {

  private static final int MOST_REJECTS_SHOWN = 20;
  private static final int MOST_WAITING_SHOWN = 100;

  /** What is not sent by then is sent by the next run, or by the service. */
  private static final Duration LONGEST_SENDING = Duration.ofSeconds(30);

  @Spec private @Nullable CommandSpec command;

  // One scan and the end is all there is: schedulers may say so.
  @SuppressWarnings("UnusedVariable")
  @Option(names = "--once", description = "One scan, then the end; the default.")
  private boolean once;

  @Option(
      names = "--dry-run",
      paramLabel = "FILE",
      description = "What loading FILE into --dataset would do; nothing is written.")
  private @Nullable Path dryRun;

  @Option(names = "--dataset", paramLabel = "NAME", description = "schema.name; only this one.")
  private @Nullable String dataset;

  @Option(
      names = "--from",
      paramLabel = "DATE",
      description = "Loads again from this date on, of all datasets or of one.")
  private @Nullable LocalDate from;

  @Option(names = "--to", paramLabel = "DATE", description = "Up to this date, inclusive.")
  private @Nullable LocalDate to;

  LoadCommand() {}

  @Spec
  void addFlags(CommandSpec spec) {
    ServiceFlags.addTo(spec);
  }

  @Override
  public Integer call() throws IOException {
    CommandSpec spec = Objects.requireNonNull(command);
    QualifiedName name = name(spec);
    if (dryRun != null && name == null) {
      throw new ParameterException(spec.commandLine(), "--dataset: missing; --dry-run needs it");
    }
    if ((from == null) != (to == null)) {
      throw new ParameterException(
          spec.commandLine(), "--from and --to: one of them; allowed: both, or none");
    }
    if (from != null && to != null && to.isBefore(from)) {
      throw new ParameterException(
          spec.commandLine(), "--to: \"%s\" is before --from, \"%s\"".formatted(to, from));
    }
    Settings settings = ServiceFlags.read(spec, spec.commandLine().getErr());
    if (dryRun != null && name != null) {
      return dryRun(settings, dryRun, name, spec.commandLine().getOut());
    }
    try (Engine engine = Engine.open(settings, InstantSource.system())) {
      LoadService loads = engine.loads();
      loads.reconcile();
      EngineException notFound = find(loads, name, engine.pack().datasets().keySet());
      int status = run(loads, name, spec.commandLine().getOut());
      tellWaiting(loads, name, spec.commandLine().getOut());
      engine.refreshes().runDue();
      loads.checkPunctuality();
      engine.notifications().flush(LONGEST_SENDING);
      if (notFound != null) {
        throw notFound;
      }
      return status;
    }
  }

  /** What could not be looked for, if anything: the rest is loaded before that is said. */
  private @Nullable EngineException find(
      LoadService loads, @Nullable QualifiedName name, Set<QualifiedName> all) {
    try {
      if (from != null && to != null) {
        for (QualifiedName one : name == null ? all : Set.of(name)) {
          loads.backfill(one, from, to);
        }
      } else if (name != null) {
        loads.scan(name);
      } else {
        loads.scan();
      }
      return null;
    } catch (EngineException failure) {
      if (failure.code() != ErrorCode.STORE_UNAVAILABLE) {
        throw failure;
      }
      return failure;
    }
  }

  /** Runs what is due, of one dataset or of all, and says of each file at its end how it fared. */
  static int run(LoadService loads, @Nullable QualifiedName dataset, PrintWriter out) {
    List<Load> ended =
        loads.runDue(
            dataset,
            load -> {
              out.println(line(load));
              out.flush();
            });
    // What is FOUND again has failed, and is put off.
    boolean isDone =
        ended.stream()
            .map(Load::state)
            .allMatch(state -> state == Load.State.COMMITTED || state == Load.State.SKIPPED);
    return isDone ? Main.DONE : Main.FAILED;
  }

  /** Says of each file that waits for another, or for its contract, what for. */
  private static void tellWaiting(
      LoadService loads, @Nullable QualifiedName dataset, PrintWriter out) {
    loads
        .list(new LoadFilter(dataset, Load.State.FOUND, null), MOST_WAITING_SHOWN, null)
        .items()
        .stream()
        .filter(load -> load.code() == null && load.reason() != null)
        .forEach(load -> out.println(line(load)));
    out.flush();
  }

  static String line(Load load) {
    Load.RowCounts rows = load.rows();
    return "%-11s %s %s%s%s"
        .formatted(
            load.state(),
            load.dataset(),
            load.source().visibleName(),
            rows == null
                ? ""
                : "  read %d, written %d, rejected %d, duplicate %d, filtered %d"
                    .formatted(
                        rows.read(),
                        rows.written(),
                        rows.rejected(),
                        rows.duplicate(),
                        rows.filtered()),
            load.code() != null
                ? "  " + load.code() + ": " + load.reason()
                : load.reason() == null ? "" : "  " + load.reason());
  }

  /** Without a column where the record as a whole is at fault. */
  static String line(Reject reject) {
    String column = reject.column();
    return "rejected line %d  %s%s"
        .formatted(reject.line(), column == null ? "" : column + ": ", reject.reason());
  }

  private @Nullable QualifiedName name(CommandSpec spec) {
    if (dataset == null) {
      return null;
    }
    try {
      return QualifiedName.parse(dataset);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(
          spec.commandLine(), "--dataset: \"%s\"; allowed: schema.name".formatted(dataset));
    }
  }

  /**
   * With the pseudonyms of the deployment, where this machine has their secret; then what is
   * written for a while is where maintenance removes what interrupted work has left.
   */
  private static int dryRun(Settings settings, Path file, QualifiedName name, PrintWriter out)
      throws IOException {
    Path vault = settings.data().resolve("vault");
    Path secret = vault.resolve("pseudonyms.key");
    boolean isKnown = Files.exists(secret);
    try (TemporaryEngine temporary =
        TemporaryEngine.open(
            isKnown ? Files.createDirectories(vault.resolve("maintenance")) : null,
            settings.views(),
            null,
            isKnown ? Files.readString(secret) : null,
            settings.engine())) {
      return show(temporary.engine().loads().dryRun(file, name), out);
    }
  }

  private static int show(DryRun run, PrintWriter out) {
    out.printf("read as %s%n", run.source());
    if (run.code() != null) {
      out.printf("would be QUARANTINED  %s: %s%n", run.code(), run.reason());
    }
    Load.RowCounts rows = run.rows();
    if (rows != null) {
      out.printf(
          "read %d, written %d, rejected %d, duplicate %d, filtered %d%n",
          rows.read(), rows.written(), rows.rejected(), rows.duplicate(), rows.filtered());
    }
    if (!run.unknownColumns().isEmpty()) {
      out.println(
          "left out, since the contract does not name them: "
              + String.join(", ", run.unknownColumns()));
    }
    if (!run.missingColumns().isEmpty()) {
      out.println(
          "NULL in every row, since the source lacks them: "
              + String.join(", ", run.missingColumns()));
    }
    for (Reject reject : run.rejects().stream().limit(MOST_REJECTS_SHOWN).toList()) {
      out.println(line(reject));
    }
    run.masks().forEach((column, mask) -> out.printf("masked %s: %s%n", column, mask));
    if (!run.columns().isEmpty()) {
      TextTable.of(run.columns(), run.preview()).print(out);
    }
    out.flush();
    return run.code() == null ? Main.DONE : Main.FAILED;
  }
}
