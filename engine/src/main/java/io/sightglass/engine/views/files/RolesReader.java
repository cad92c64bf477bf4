package io.sightglass.engine.views.files;

import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.access.Limits;
import io.sightglass.engine.access.Permission;
import io.sightglass.engine.access.Role;
import io.sightglass.engine.views.MistakeCode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads {@code roles.yaml}: roles in their order, the widest first. */
public final class RolesReader {

  /** What the name of a token's attribute may be. */
  private static final Pattern ATTRIBUTE = Pattern.compile("[A-Za-z][A-Za-z0-9_]*");

  private static final Map<String, Permission> PERMISSIONS = permissionsByKey();

  /** A day: no statement may take longer. */
  private static final double MOST_SECONDS = 86_400;

  private final Mistakes mistakes;

  public RolesReader(Mistakes mistakes) {
    this.mistakes = mistakes;
  }

  /** The roles as far as the file could be read; null when not even their names could. */
  public @Nullable List<Role> read(PackFile file) {
    YamlValue document = YamlDocument.read(file, mistakes);
    YamlMapping mapping = document == null ? null : document.mapping("roles");
    YamlValue value = mapping == null ? null : mapping.require("roles");
    List<YamlValue.Entry> entries = value == null ? null : value.entries();
    if (entries == null) {
      return null;
    }
    Map<String, Role> roles = new LinkedHashMap<>();
    for (YamlValue.Entry entry : entries) {
      if (!QualifiedName.isPart(entry.key())) {
        mistakes.add(
            entry.place(),
            MistakeCode.BAD_NAME,
            "role \"%s\"".formatted(entry.key()),
            "[a-z][a-z0-9_]*");
      }
      roles.putIfAbsent(entry.key(), role(entry));
    }
    return List.copyOf(roles.values());
  }

  private Role role(YamlValue.Entry entry) {
    YamlMapping mapping =
        entry.value().mapping("description", "attributes", "permissions", "limits");
    if (mapping == null) {
      return new Role(entry.key(), "", List.of(), Set.of(), Limits.NONE);
    }
    String description = mapping.requireText("description");
    YamlValue limitsValue = mapping.require("limits");
    return new Role(
        entry.key(),
        description,
        mapping.find("attributes").map(this::attributes).orElse(List.of()),
        mapping.find("permissions").map(RolesReader::permissions).orElse(Set.of()),
        limitsValue == null ? Limits.NONE : limits(limitsValue));
  }

  private List<String> attributes(YamlValue value) {
    List<String> attributes = new ArrayList<>();
    for (YamlValue item : value.oneOrList()) {
      String name = item.text();
      if (name == null) {
        continue;
      }
      if (!ATTRIBUTE.matcher(name).matches()) {
        item.badValue("the name of an attribute: letters, digits and _");
      } else if (attributes.stream().anyMatch(name::equalsIgnoreCase)) {
        mistakes.add(item.place(), MistakeCode.DUPLICATE, item.seen() + " twice", "once");
      } else {
        attributes.add(name);
      }
    }
    return attributes;
  }

  private static Set<Permission> permissions(YamlValue value) {
    Set<Permission> permissions = EnumSet.noneOf(Permission.class);
    for (YamlValue item : value.oneOrList()) {
      Permission permission = item.oneOf(PERMISSIONS);
      if (permission != null) {
        permissions.add(permission);
      }
    }
    return permissions;
  }

  private static Limits limits(YamlValue value) {
    YamlMapping mapping =
        value.mapping("rows", "bytes", "seconds", "concurrent", "queued", "memory", "kept");
    if (mapping == null) {
      return Limits.NONE;
    }
    YamlValue bytes = mapping.require("bytes");
    YamlValue seconds = mapping.require("seconds");
    YamlValue memory = mapping.require("memory");
    Long byteCount = bytes == null ? null : Quantities.size(bytes);
    Double secondCount = seconds == null ? null : seconds.number(0, MOST_SECONDS);
    Long memoryBytes = memory == null ? null : Quantities.size(memory);
    return new Limits(
        count(mapping, "rows", Long.MAX_VALUE),
        byteCount == null ? 0 : byteCount,
        secondCount == null ? Duration.ZERO : Duration.ofMillis(Math.round(secondCount * 1000)),
        (int) count(mapping, "concurrent", 100_000),
        (int) count(mapping, "queued", 100_000),
        memoryBytes == null ? 0 : memoryBytes,
        (int) count(mapping, "kept", 1_000_000));
  }

  private static long count(YamlMapping mapping, String key, long most) {
    YamlValue value = mapping.require(key);
    @Nullable Long count = value == null ? null : value.integer(0, most);
    return count == null ? 0 : count;
  }

  private static Map<String, Permission> permissionsByKey() {
    Map<String, Permission> permissions = new LinkedHashMap<>();
    for (Permission permission : Permission.values()) {
      permissions.put(permission.name().toLowerCase(Locale.ROOT), permission);
    }
    return permissions;
  }
}
