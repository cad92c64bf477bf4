package io.sightglass.web.cli;

import io.sightglass.web.wiring.Setting;
import io.sightglass.web.wiring.Settings;
import io.sightglass.web.wiring.SettingsReader;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/**
 * The flags of {@code serve}, which every command over a deployment takes too: one for each {@link
 * Setting}, and {@code --config}.
 */
final class ServiceFlags {

  private ServiceFlags() {}

  /** Adds the flags to a command, but for those that it has itself. */
  static void addTo(CommandSpec command) {
    for (Setting setting : Setting.values()) {
      if (!command.optionsMap().containsKey(setting.flag())) {
        String fallback = setting.fallback();
        command.addOption(
            OptionSpec.builder(setting.flag())
                .paramLabel(setting.label())
                .type(String.class)
                .arity(setting == Setting.S3_PATH_STYLE ? "0..1" : "1")
                .fallbackValue("true")
                .description(
                    setting.description()
                        + (fallback == null ? "" : " Default: " + fallback + ".")
                        + " Key "
                        + setting.key()
                        + ", variable "
                        + setting.variable()
                        + ".")
                .build());
      }
    }
    command.addOption(
        OptionSpec.builder("--config")
            .paramLabel("FILE")
            .type(Path.class)
            .description("YAML file with any of the keys.")
            .build());
  }

  /**
   * The settings in effect.
   *
   * @param out where they are printed; null: nowhere
   */
  static Settings read(CommandSpec command, @Nullable PrintWriter out) {
    ParseResult parsed = command.commandLine().getParseResult();
    Map<Setting, String> flags = new EnumMap<>(Setting.class);
    for (Setting setting : Setting.values()) {
      if (parsed.hasMatchedOption(setting.flag())) {
        flags.put(setting, String.valueOf((Object) parsed.matchedOptionValue(setting.flag(), "")));
      }
    }
    Path file = parsed.matchedOptionValue("--config", (Path) null);
    return SettingsReader.read(flags, file, System.getenv(), out);
  }
}
