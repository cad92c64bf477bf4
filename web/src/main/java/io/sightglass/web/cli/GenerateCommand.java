package io.sightglass.web.cli;

import io.sightglass.web.cli.sample.Manifest;
import io.sightglass.web.cli.sample.SampleData;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Writes synthetic input files in the folder layout that {@code serve} scans. */
@Command(
    name = "generate",
    description = "Writes synthetic input files; the same seed gives the same bytes.",
    mixinStandardHelpOptions = true)
final class GenerateCommand implements Callable<Integer> {

  private static final int STEPS = 10;

  @Spec private @Nullable CommandSpec command;

  @Option(
      names = "--out",
      required = true,
      paramLabel = "DIR",
      description = "The landing folder, made if absent.")
  private Path out = Path.of("");

  @Option(
      names = "--rows",
      paramLabel = "N",
      description = "Claims in total. Default: ${DEFAULT-VALUE}.")
  private long rows = SampleData.DEFAULT_ROWS;

  @Option(
      names = "--days",
      paramLabel = "N",
      description = "Daily dumps. Default: ${DEFAULT-VALUE}.")
  private int days = SampleData.DEFAULT_DAYS;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description = "Another seed gives other data. Default: ${DEFAULT-VALUE}.")
  private long seed = SampleData.DEFAULT_SEED;

  @Option(
      names = "--dirty",
      paramLabel = "SHARE",
      description = "Share of broken rows, 0 to 0.5; 0: no dirt at all. Default: ${DEFAULT-VALUE}.")
  private double dirty = SampleData.DEFAULT_DIRTY;

  @Option(
      names = "--dataset",
      paramLabel = "NAME",
      description = "Only this one, such as benefits.claims. Default: all.")
  private @Nullable String dataset;

  @Option(
      names = "--manifest",
      paramLabel = "FILE",
      description = "Also writes, as JSON, what a load of each file must count.")
  private @Nullable Path manifestFile;

  GenerateCommand() {}

  @Override
  public Integer call() throws IOException {
    CommandSpec spec = Objects.requireNonNull(command);
    PrintWriter messages = spec.commandLine().getErr();
    SampleData.Options options;
    try {
      options = new SampleData.Options(out, rows, days, seed, dirty, dataset);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), "--" + e.getMessage(), e);
    }
    try {
      Manifest manifest = SampleData.generate(options, progress(messages));
      if (manifestFile != null) {
        Files.writeString(manifestFile, manifest.json());
      }
      messages.printf(
          Locale.ROOT, "%,d claims in %d files below %s%n", rows, manifest.files().size(), out);
      return ExitCode.OK;
    } catch (UncheckedIOException | IOException e) {
      messages.printf("sightglass generate: cannot write below %s: %s%n", out, e.getMessage());
      return ExitCode.SOFTWARE;
    }
  }

  /** A line that moves on a terminal, else a line for each tenth. */
  @SuppressWarnings("SystemConsoleNull") // Java 25 again gives null where there is no terminal.
  private LongConsumer progress(PrintWriter messages) {
    boolean terminal = System.console() != null;
    return new LongConsumer() {
      private long step;

      @Override
      public void accept(long written) {
        long reached = written * STEPS / rows;
        if (terminal) {
          messages.printf(Locale.ROOT, "\r%,d of %,d claims", written, rows);
          messages.print(written == rows ? "\n" : "");
          messages.flush();
        } else if (reached > step) {
          step = reached;
          messages.printf(Locale.ROOT, "%,d of %,d claims%n", written, rows);
          messages.flush();
        }
      }
    };
  }
}
