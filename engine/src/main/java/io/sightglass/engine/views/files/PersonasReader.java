package io.sightglass.engine.views.files;

import io.sightglass.engine.access.Principal;
import io.sightglass.engine.access.Role;
import io.sightglass.engine.views.MistakeCode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads {@code tests/personas.yaml}: callers for tests and development tokens. */
public final class PersonasReader {

  private final Mistakes mistakes;

  public PersonasReader(Mistakes mistakes) {
    this.mistakes = mistakes;
  }

  /**
   * The personas by name; their roles must exist.
   *
   * @param roles null when they are not known
   */
  public Map<String, Principal> read(PackFile file, @Nullable List<Role> roles) {
    YamlValue document = YamlDocument.read(file, mistakes);
    List<YamlValue.Entry> entries = document == null ? null : document.entries();
    Map<String, Principal> personas = new LinkedHashMap<>();
    for (YamlValue.Entry entry : entries == null ? List.<YamlValue.Entry>of() : entries) {
      YamlMapping mapping = entry.value().mapping("roles", "attributes");
      if (mapping != null) {
        personas.putIfAbsent(
            entry.key(), new Principal(entry.key(), rolesOf(mapping, roles), attributes(mapping)));
      }
    }
    return personas;
  }

  private List<String> rolesOf(YamlMapping mapping, @Nullable List<Role> roles) {
    List<String> known = roles == null ? List.of() : roles.stream().map(Role::name).toList();
    List<String> found = new ArrayList<>();
    YamlValue value = mapping.require("roles");
    List<YamlValue> items = value == null ? null : value.list();
    for (YamlValue item : items == null ? List.<YamlValue>of() : items) {
      String role = item.text();
      if (role == null) {
        continue;
      }
      if (roles != null && !known.contains(role)) {
        mistakes.addUnknown(item.place(), MistakeCode.UNKNOWN_NAME, "role", role, known);
      }
      found.add(role);
    }
    return found;
  }

  private static Map<String, List<String>> attributes(YamlMapping mapping) {
    Map<String, List<String>> attributes = new LinkedHashMap<>();
    List<YamlValue.Entry> entries =
        mapping.find("attributes").map(YamlValue::entries).orElse(List.of());
    for (YamlValue.Entry entry : entries) {
      attributes.put(entry.key(), SourceReader.scalars(entry.value()));
    }
    return attributes;
  }
}
