package io.sightglass.web.cli;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.ingest.maintenance.Maintenance;
import io.sightglass.engine.ingest.maintenance.MaintenanceService;
import io.sightglass.engine.query.ColumnReaders;
import io.sightglass.engine.views.View;
import io.sightglass.engine.views.ViewPack;
import io.sightglass.web.wiring.Settings;
import io.sightglass.web.wiring.Units;
import io.sightglass.web.wiring.Upkeep;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Keeps the tables small and whole; runs beside a service, too. */
@Command(
    name = "maintain",
    description = "Table maintenance; without a flag: compact, expire and orphans.",
    mixinStandardHelpOptions = true)
final class MaintainCommand implements Callable<Integer> {

  @Spec private @Nullable CommandSpec command;

  @Option(names = "--compact", description = "Merges small files.")
  private boolean compact;

  @Option(names = "--expire", description = "Forgets states older than the contracts' retention.")
  private boolean expire;

  @Option(names = "--orphans", description = "Removes files that nothing refers to.")
  private boolean orphans;

  @Option(
      names = "--rebuild",
      description = "Makes columns anew whose mask or sensitivity the contract has changed.")
  private boolean rebuild;

  @Option(
      names = "--verify",
      description = "Reads every data file and compares it with its commit; exit 1 if one differs.")
  private boolean verify;

  @Option(
      names = "--dataset",
      paramLabel = "NAME",
      description = "schema.name; only this one. Orphans are looked for everywhere.")
  private @Nullable String dataset;

  @Option(
      names = "--older-than",
      paramLabel = "DURATION",
      description =
          "Uploads without a commit that are younger are no orphans. Default: 1d, or older than every process that runs.")
  private @Nullable String olderThan;

  MaintainCommand() {}

  @Spec
  void addFlags(CommandSpec spec) {
    ServiceFlags.addTo(spec);
  }

  @Override
  public Integer call() {
    CommandSpec spec = Objects.requireNonNull(command);
    QualifiedName only = name(spec);
    @Nullable Duration orphanAge = orphanAge(spec);
    boolean all = !compact && !expire && !orphans && !rebuild && !verify;
    Settings settings = ServiceFlags.read(spec, spec.commandLine().getErr());
    PrintWriter out = spec.commandLine().getOut();
    AtomicBoolean differs = new AtomicBoolean();
    Consumer<Maintenance> told =
        done -> {
          differs.compareAndSet(false, done instanceof Maintenance.Different);
          out.println(line(done));
          out.flush();
        };
    try (Upkeep upkeep = Upkeep.open(settings, InstantSource.system())) {
      ViewPack pack = upkeep.pack();
      require(pack, only);
      if (rebuild) {
        Consumer<Maintenance> andReaders =
            done -> {
              told.accept(done);
              if (done instanceof Maintenance.Rebuilt rebuilt) {
                readers(upkeep, rebuilt).forEach(out::println);
                out.flush();
              }
            };
        // Each by the contract as it is then: the one before may have taken hours.
        for (QualifiedName one : only == null ? datasets(pack) : List.of(only)) {
          upkeep.rebuilding().rebuild(one, andReaders);
        }
      }
      MaintenanceService maintenance = upkeep.maintenance(orphanAge);
      if (compact || all) {
        maintenance.compact(only, told);
      }
      if (expire || all) {
        maintenance.removeOutdated(only, told);
        maintenance.expire(only, told);
      }
      if (orphans || all) {
        maintenance.removeOrphans(told);
      }
      if (verify) {
        maintenance.verify(only, told.andThen(upkeep.damageAlerts()));
      }
    }
    return differs.get() ? Main.FAILED : Main.DONE;
  }

  private static List<QualifiedName> datasets(ViewPack pack) {
    return pack.datasets().keySet().stream().sorted().toList();
  }

  private static void require(ViewPack pack, @Nullable QualifiedName only) {
    View view = only == null ? null : pack.views().get(only);
    if (only != null
        && !pack.datasets().containsKey(only)
        && (view == null || !view.isMaterialized())) {
      throw new EngineException(
          ErrorCode.NOT_FOUND,
          "--dataset: \"%s\"; there is neither a contract nor a materialised view of that name"
              .formatted(only));
    }
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

  private @Nullable Duration orphanAge(CommandSpec spec) {
    try {
      return olderThan == null ? null : Units.duration(olderThan);
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw new ParameterException(spec.commandLine(), "--older-than: " + e.getMessage());
    }
  }

  /** Who has read what may have been in the clear. */
  private static List<String> readers(Upkeep upkeep, Maintenance.Rebuilt rebuilt) {
    List<ColumnReaders.Reader> readers =
        upkeep.columnReaders().readers(upkeep.pack(), rebuilt.table());
    return readers.isEmpty()
        ? List.of("read by    %s: nobody".formatted(rebuilt.table()))
        : readers.stream()
            .map(reader ->
                "read by    %s: %s, %d statements from %s to %s"
                    .formatted(
                        rebuilt.table(),
                        reader.user(),
                        reader.statements(),
                        reader.first(),
                        reader.last()))
            .toList();
  }

  static String line(Maintenance done) {
    return switch (done) {
      case Maintenance.Compacted(var table, var side, int before, int after, long bytes) ->
          "compacted  %s %s: %d files became %d (%d bytes)"
              .formatted(table, side.name().toLowerCase(Locale.ROOT), before, after, bytes);
      case Maintenance.Rebuilt(var table, var columns, int files) ->
          "rebuilt    %s: %s in %d files; earlier states are forgotten"
              .formatted(table, String.join(", ", columns), files);
      case Maintenance.Expired(var table, int states, int files) ->
          "expired    %s: %d states; %d files are no longer needed".formatted(table, states, files);
      case Maintenance.RowsRemoved(var table, var before, long rows, long vault, int rejects) ->
          "retention  %s: %d rows before %s removed, %d of the vault, rejected rows of %d files"
              .formatted(table, rows, before, vault, rejects);
      case Maintenance.OrphansRemoved(var side, int removed, long bytes, int waiting) ->
          "orphans    %s: %d files removed (%d bytes), %d wait until nothing can need them"
              .formatted(side.name().toLowerCase(Locale.ROOT), removed, bytes, waiting);
      case Maintenance.LeftoversRemoved(int removed) ->
          "leftovers  %d of interrupted work removed".formatted(removed);
      case Maintenance.Verified(
              var table,
              boolean isResult,
              var side,
              int files,
              long bytes,
              int unknown,
              int different) ->
          "verified   %s %s: %d files (%d bytes), %d different, %d without a recorded digest"
              .formatted(
                  table, side.name().toLowerCase(Locale.ROOT), files, bytes, different, unknown);
      case Maintenance.Different(var table, boolean isResult, var side, String file, String what) ->
          "DIFFERENT  %s %s: %s: %s"
              .formatted(table, side.name().toLowerCase(Locale.ROOT), file, what);
    };
  }
}
