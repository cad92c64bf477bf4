package io.sightglass.web.cli;

import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.ingest.infer.ContractGuess;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** A contract to start from, guessed from a file. */
@Command(
    name = "infer",
    description = "Guesses a contract to start from; what it cannot know is marked \"?\".",
    mixinStandardHelpOptions = true)
final class InferCommand implements Callable<Integer> {

  @Spec private @Nullable CommandSpec command;

  @Parameters(paramLabel = "FILE", description = "CSV, NDJSON (also .gz, .zst) or Parquet.")
  private Path file = Path.of("");

  @Option(names = "--schema", paramLabel = "S", description = "Default: that of FILE's folder.")
  private @Nullable String schema;

  @Option(names = "--name", paramLabel = "N", description = "Default: from the name of FILE.")
  private @Nullable String name;

  InferCommand() {}

  @Override
  public Integer call() throws IOException {
    PrintWriter out = Objects.requireNonNull(command).commandLine().getOut();
    Path folder = Files.createTempDirectory("sightglass-infer");
    try {
      out.print(ContractGuess.of(file, dataset(), folder));
      out.flush();
      return Main.DONE;
    } finally {
      try (Stream<Path> files = Files.walk(folder)) {
        List<Path> deepestFirst = files.sorted(Comparator.reverseOrder()).toList();
        for (Path made : deepestFirst) {
          Files.deleteIfExists(made);
        }
      }
    }
  }

  private QualifiedName dataset() {
    Path parent = file.toAbsolutePath().normalize().getParent();
    String folder = parent == null ? "" : String.valueOf(parent.getFileName());
    return new QualifiedName(
        part("--schema", schema, folder, "data"),
        part("--name", name, String.valueOf(file.getFileName()).replaceFirst("\\..*", ""), "rows"));
  }

  /** What was asked for, else what the file's name says without dates and signs. */
  private String part(String flag, @Nullable String asked, String seen, String otherwise) {
    if (asked != null) {
      if (!QualifiedName.isPart(asked)) {
        throw new ParameterException(
            Objects.requireNonNull(command).commandLine(),
            "%s: \"%s\"; allowed: [a-z][a-z0-9_]*".formatted(flag, asked));
      }
      return asked;
    }
    String plain =
        seen.toLowerCase(Locale.ROOT).replaceAll("[^a-z]+", "_").replaceAll("^_+|_+$", "");
    return QualifiedName.isPart(plain) ? plain : otherwise;
  }
}
