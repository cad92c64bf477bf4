package io.sightglass.web.cli;

import io.sightglass.web.security.DevelopmentTokens;
import io.sightglass.web.wiring.DevelopmentKey;
import io.sightglass.web.wiring.Settings;
import io.sightglass.web.wiring.SettingsException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;

/** The personas of a views folder, for tokens on the command line. */
final class Personas {

  /** One of them. */
  record Persona(List<String> roles, Map<String, List<String>> attributes) {}

  private Personas() {}

  /**
   * A development token of a persona.
   *
   * @param name null: nobody is named
   * @throws SettingsException when there is no such persona
   */
  static String token(Settings settings, @Nullable String name) {
    Map<String, Persona> personas = read(settings.views());
    Persona persona = name == null ? null : personas.get(name);
    if (name == null || persona == null) {
      throw new SettingsException(
          "--as: %s; allowed: %s, or --token"
              .formatted(
                  name == null ? "nobody named" : "\"" + name + "\"",
                  String.join(", ", personas.keySet())));
    }
    return token(settings, name, persona, Duration.ofHours(1));
  }

  static String token(Settings settings, String name, Persona persona, Duration lifetime) {
    return new DevelopmentTokens(DevelopmentKey.of(settings.data()), InstantSource.system())
        .sign(name, persona.roles(), persona.attributes(), lifetime);
  }

  /** Every persona of {@code tests/personas.yaml}, by name; none where the file is not. */
  static Map<String, Persona> read(Path views) {
    Path file = views.resolve("tests").resolve("personas.yaml");
    if (!Files.isRegularFile(file)) {
      return Map.of();
    }
    try {
      Object content =
          new Load(LoadSettings.builder().build()).loadFromString(Files.readString(file));
      Map<String, Persona> personas = new TreeMap<>();
      if (content instanceof Map<?, ?> map) {
        map.forEach((name, value) -> personas.put(String.valueOf(name), persona(value)));
      }
      return personas;
    } catch (IOException | YamlEngineException e) {
      throw new SettingsException("tests/personas.yaml: cannot be read; see check-views");
    }
  }

  private static Persona persona(@Nullable Object value) {
    Map<String, List<String>> attributes = new LinkedHashMap<>();
    List<String> roles = List.of();
    if (value instanceof Map<?, ?> map) {
      roles = texts(map.get("roles"));
      if (map.get("attributes") instanceof Map<?, ?> given) {
        given.forEach((name, values) -> attributes.put(String.valueOf(name), texts(values)));
      }
    }
    return new Persona(roles, attributes);
  }

  private static List<String> texts(@Nullable Object value) {
    return switch (value) {
      case null -> List.of();
      case List<?> list -> list.stream().map(String::valueOf).toList();
      default -> List.of(String.valueOf(value));
    };
  }
}
