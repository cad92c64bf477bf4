package io.sightglass.web.cli;

import io.sightglass.engine.ingest.backup.Backup;
import io.sightglass.engine.ingest.erasure.Erasure;
import io.sightglass.engine.ingest.erasure.ErasureCertificates;
import io.sightglass.web.wiring.Settings;
import io.sightglass.web.wiring.Upkeep;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Brings a deployment back from a backup. */
@Command(
    name = "restore",
    description = "Fills an empty deployment from a backup; no service may run over it.",
    mixinStandardHelpOptions = true)
final class RestoreCommand implements Callable<Integer> {

  @Spec private @Nullable CommandSpec command;

  @Parameters(paramLabel = "SOURCE", description = "What backup was given as TARGET.")
  private String target = "";

  @Option(
      names = "--erased",
      paramLabel = "FILE",
      description =
          "Certificate of an erasure that may be younger than the backup: what /v1/erasures answered."
              + " May be given several times.")
  private List<Path> erased = new ArrayList<>();

  RestoreCommand() {}

  @Spec
  void addFlags(CommandSpec spec) {
    ServiceFlags.addTo(spec);
  }

  @Override
  public Integer call() {
    CommandSpec spec = Objects.requireNonNull(command);
    List<Erasure> certificates = new ArrayList<>();
    for (Path file : erased) {
      try {
        certificates.add(ErasureCertificates.read(Files.readString(file)));
      } catch (IOException e) {
        throw new ParameterException(
            spec.commandLine(), "--erased: \"%s\" cannot be read".formatted(file), e);
      }
    }
    Settings settings = ServiceFlags.read(spec, spec.commandLine().getErr());
    try (Upkeep upkeep = Upkeep.open(settings, InstantSource.system())) {
      Backup.Outcome done = upkeep.restore(target).run(certificates);
      PrintWriter out = spec.commandLine().getOut();
      out.printf(
          "restored %s: %d tables, %d files, of which %d were copied (%d bytes)%n",
          done.set(), done.tables(), done.files(), done.copied(), done.bytes());
      out.flush();
    }
    return Main.DONE;
  }
}
