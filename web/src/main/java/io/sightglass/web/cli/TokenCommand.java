package io.sightglass.web.cli;

import io.sightglass.web.security.DevelopmentTokens;
import io.sightglass.web.wiring.DevelopmentKey;
import io.sightglass.web.wiring.Settings;
import io.sightglass.web.wiring.SettingsException;
import io.sightglass.web.wiring.Units;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Signs a development token; the token alone stands on the last line. */
@Command(
    name = "token",
    description = "Signs a development token with the key of --data (made if absent).",
    mixinStandardHelpOptions = true)
final class TokenCommand implements Callable<Integer> {

  @Spec private @Nullable CommandSpec command;

  @Option(names = "--sub", required = true, paramLabel = "NAME", description = "The user.")
  private String subject = "";

  @Option(
      names = "--roles",
      required = true,
      paramLabel = "A,B",
      description = "Roles, not looked up; '' gives none.")
  private String roles = "";

  @Option(
      names = "--attribute",
      paramLabel = "NAME=VALUE",
      description = "A claim of that name; given twice: a list.")
  private List<String> attributes = List.of();

  @Option(
      names = "--ttl",
      paramLabel = "DURATION",
      description = "How long it holds. Default: ${DEFAULT-VALUE}.")
  private String ttl = "1h";

  TokenCommand() {}

  @Spec
  void addFlags(CommandSpec spec) {
    ServiceFlags.addTo(spec);
  }

  @Override
  public Integer call() {
    CommandSpec spec = java.util.Objects.requireNonNull(command);
    Settings settings = ServiceFlags.read(spec, null);
    if (!settings.isDevelopment()) {
      throw new SettingsException(
          "identity: a provider is configured, so the service accepts no development token;"
              + " allowed: ask the provider for one");
    }
    if (subject.isBlank()) {
      throw new ParameterException(spec.commandLine(), "--sub: \"\"; allowed: a user's name");
    }
    Duration lifetime = lifetime(spec);
    String token =
        new DevelopmentTokens(DevelopmentKey.of(settings.data()), InstantSource.system())
            .sign(subject, roleNames(), claims(spec), lifetime);
    spec.commandLine().getErr().printf("Token of %s, valid for %s:%n", subject, ttl);
    spec.commandLine().getErr().flush();
    spec.commandLine().getOut().println(token);
    return Main.DONE;
  }

  private List<String> roleNames() {
    return Stream.of(roles.split(",", -1))
        .map(String::strip)
        .filter(name -> !name.isEmpty())
        .toList();
  }

  private Duration lifetime(CommandSpec spec) {
    try {
      Duration lifetime = Units.duration(ttl);
      if (lifetime.isPositive() && lifetime.compareTo(Duration.ofDays(3660)) <= 0) {
        return lifetime;
      }
    } catch (IllegalArgumentException | ArithmeticException e) {
      // Reported below like a lifetime of nothing.
    }
    throw new ParameterException(
        spec.commandLine(),
        "--ttl: \"%s\"; allowed: a duration above nothing, such as 90s, 1h or 30d".formatted(ttl));
  }

  private Map<String, List<String>> claims(CommandSpec spec) {
    Map<String, List<String>> claims = new LinkedHashMap<>();
    for (String attribute : attributes) {
      String[] parts = attribute.split("=", 2);
      if (parts.length < 2 || parts[0].isBlank() || DevelopmentTokens.isReserved(parts[0])) {
        throw new ParameterException(
            spec.commandLine(),
            "--attribute: \"%s\"; allowed: NAME=VALUE, where NAME is not one of %s"
                .formatted(attribute, DevelopmentTokens.RESERVED));
      }
      claims.computeIfAbsent(parts[0], name -> new ArrayList<>()).add(parts[1]);
    }
    return claims;
  }
}
