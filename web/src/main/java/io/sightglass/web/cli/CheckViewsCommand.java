package io.sightglass.web.cli;

import io.sightglass.engine.duckdb.DuckDbParser;
import io.sightglass.engine.duckdb.ShadowCatalog;
import io.sightglass.engine.sql.FunctionList;
import io.sightglass.engine.sql.Guard;
import io.sightglass.engine.views.Mistake;
import io.sightglass.engine.views.PackCheck;
import io.sightglass.engine.views.ViewPackReader;
import io.sightglass.web.cli.check.PackTests;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * Everything that a start would check in a views folder, every mistake at once; then its own tests,
 * where it has any.
 */
@Command(
    name = "check-views",
    description =
        "Checks a views folder as a start would, and says every mistake at once; then tries golden"
            + " results and searches for identities, where tests/ has files for them.",
    mixinStandardHelpOptions = true)
final class CheckViewsCommand implements Callable<Integer> {

  @Spec private @Nullable CommandSpec command;

  @Parameters(paramLabel = "DIR", description = "The views folder.")
  private Path folder = Path.of("sql-views");

  @Option(names = "--write", description = "Writes access.md into the folder.")
  private boolean write;

  CheckViewsCommand() {}

  @Override
  public Integer call() throws IOException {
    CommandSpec spec = Objects.requireNonNull(command);
    PrintWriter out = spec.commandLine().getOut();
    PackCheck check;
    try (DuckDbParser parser = DuckDbParser.open(1)) {
      Guard guard = new Guard(parser, FunctionList.reviewed());
      check = new ViewPackReader(guard, parser, new ShadowCatalog()).check(folder);
    }
    List<Mistake> mistakes = new ArrayList<>(check.mistakes());
    List<String> notes = new ArrayList<>();
    if (check.passed()) {
      PackTests.Outcome tried = PackTests.run(folder);
      mistakes.addAll(tried.mistakes());
      notes.addAll(tried.notes());
    }
    mistakes.forEach(out::println);
    check.warnings().forEach(warning -> out.println("warning: " + warning));
    boolean written = false;
    if (write && check.accessReport().isPresent()) {
      Files.writeString(folder.resolve(ViewPackReader.ACCESS_REPORT), check.accessReport().get());
      out.println(ViewPackReader.ACCESS_REPORT + " written");
      written = true;
    }
    if (!written) {
      notes.addAll(check.notes());
    }
    notes.forEach(note -> out.println("note: " + note));
    out.printf("%s: %s%n", folder, counted(mistakes.size()));
    out.flush();
    return mistakes.isEmpty() ? Main.DONE : Main.FAILED;
  }

  private static String counted(int mistakes) {
    return switch (mistakes) {
      case 0 -> "no mistake";
      case 1 -> "1 mistake";
      default -> mistakes + " mistakes";
    };
  }
}
