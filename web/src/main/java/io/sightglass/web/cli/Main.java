package io.sightglass.web.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The command {@code sightglass}. */
@Command(
    name = "sightglass",
    description = "See into production data without touching production.",
    mixinStandardHelpOptions = true)
public final class Main {

  private Main() {}

  public static void main(String[] arguments) {
    System.exit(new CommandLine(new Main()).execute(arguments));
  }
}
