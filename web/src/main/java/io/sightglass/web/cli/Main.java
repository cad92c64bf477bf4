package io.sightglass.web.cli;

import io.sightglass.engine.EngineException;
import io.sightglass.web.wiring.SettingsException;
import java.io.PrintWriter;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.TypeConversionException;

/** The command {@code sightglass}. Exit codes: 0 done, 1 failed, 2 wrong usage. */
@Command(
    name = "sightglass",
    description = "See into production data without touching production.",
    mixinStandardHelpOptions = true,
    version = "sightglass 0.1.0",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {
      DemoCommand.class,
      ServeCommand.class,
      GenerateCommand.class,
      LoadCommand.class,
      MaintainCommand.class,
      BackupCommand.class,
      RestoreCommand.class,
      QueryCommand.class,
      TokenCommand.class,
      CheckViewsCommand.class,
      InferCommand.class,
      HelpCommand.class
    })
public final class Main {

  /** Done. */
  static final int DONE = 0;

  /** It was asked rightly, and failed. */
  static final int FAILED = 1;

  /** It was asked wrongly. */
  static final int WRONG_USAGE = 2;

  private Main() {}

  public static void main(String[] arguments) {
    // Avro unpacks a block in memory, several files at once; it asks for the limit only once.
    System.setProperty("org.apache.avro.limits.decompress.maxLength", "16777216");
    System.exit(commandLine().execute(arguments));
  }

  /** The whole command, also for tests. */
  static CommandLine commandLine() {
    return new CommandLine(new Main())
        .setExecutionExceptionHandler(Main::explain)
        .registerConverter(LocalDate.class, Main::date)
        .setCaseInsensitiveEnumValuesAllowed(true);
  }

  private static LocalDate date(String text) {
    try {
      return LocalDate.parse(text);
    } catch (DateTimeParseException e) {
      throw new TypeConversionException(
          "\"%s\"; allowed: a date such as 2026-01-31".formatted(text));
    }
  }

  private static int explain(Exception failure, CommandLine command, ParseResult parsed) {
    PrintWriter err = command.getErr();
    String name = command.getCommandSpec().qualifiedName();
    return switch (failure) {
      case SettingsException wrong -> {
        String.valueOf(wrong.getMessage()).lines().forEach(line -> err.println(name + ": " + line));
        yield WRONG_USAGE;
      }
      case EngineException failed -> {
        err.println(name + ": " + failed.code() + ": " + failed.detail());
        yield FAILED;
      }
      default -> {
        err.println(name + ": failed unexpectedly, please report this:");
        failure.printStackTrace(err);
        yield FAILED;
      }
    };
  }
}
