package io.sightglass.web.cli;

import io.sightglass.engine.ingest.backup.Backup;
import io.sightglass.web.wiring.Settings;
import io.sightglass.web.wiring.Upkeep;
import java.io.PrintWriter;
import java.time.InstantSource;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Copies a deployment while it goes on. */
@Command(
    name = "backup",
    description = "Copies the deployment: what is not there yet of it, the vault apart.",
    mixinStandardHelpOptions = true)
final class BackupCommand implements Callable<Integer> {

  @Spec private @Nullable CommandSpec command;

  @Parameters(
      paramLabel = "TARGET",
      description = "A folder, file: or s3: URI outside the deployment.")
  private String target = "";

  BackupCommand() {}

  @Spec
  void addFlags(CommandSpec spec) {
    ServiceFlags.addTo(spec);
  }

  @Override
  public Integer call() {
    CommandSpec spec = Objects.requireNonNull(command);
    Settings settings = ServiceFlags.read(spec, spec.commandLine().getErr());
    try (Upkeep upkeep = Upkeep.open(settings, InstantSource.system())) {
      Backup.Outcome done = upkeep.backup(target).run();
      PrintWriter out = spec.commandLine().getOut();
      out.printf(
          "backed up %s: %d tables, %d files, of which %d were copied (%d bytes)%n",
          done.set(), done.tables(), done.files(), done.copied(), done.bytes());
      out.flush();
    }
    return Main.DONE;
  }
}
