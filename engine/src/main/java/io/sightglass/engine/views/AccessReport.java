package io.sightglass.engine.views;

import io.sightglass.engine.access.AccessDecision;
import io.sightglass.engine.access.ColumnMask;
import io.sightglass.engine.access.Grant;
import io.sightglass.engine.access.Permission;
import io.sightglass.engine.access.Principal;
import io.sightglass.engine.access.Role;
import io.sightglass.engine.views.View.ViewColumn;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The text of {@code access.md}: what each role sees of each view and column. Stateless; the same
 * pack gives the same text, so that its diff is the review of a change of policy.
 */
public final class AccessReport {

  private AccessReport() {}

  /** The whole text, in Markdown. */
  public static String render(ViewPack pack) {
    StringBuilder text = new StringBuilder();
    text.append("# Who sees what\n\n");
    text.append(
        "Written by `sightglass check-views --write`; a change here is a change of policy.\n");
    text.append("The first of a caller's roles that grants a view decides alone, in this order: ");
    text.append(pack.policy().roles().stream().map(Role::name).collect(Collectors.joining(", ")));
    text.append(".\n");
    for (Role role : pack.policy().roles()) {
      appendRole(text, pack, role);
    }
    return text.toString();
  }

  private static void appendRole(StringBuilder text, ViewPack pack, Role role) {
    text.append("\n## ").append(role.name()).append("\n\n");
    text.append(sentence(role.description())).append('\n');
    if (!role.attributes().isEmpty()) {
      text.append("Needs the attribute ")
          .append(String.join(", ", role.attributes()))
          .append(" in the token.\n");
    }
    if (!role.permissions().isEmpty()) {
      text.append("Permissions: ")
          .append(
              role.permissions().stream()
                  .map(Permission::key)
                  .sorted()
                  .collect(Collectors.joining(", ")))
          .append(".\n");
    }
    Map<View, Grant> seen = seenBy(role, pack);
    if (seen.isEmpty()) {
      text.append("Sees no view.\n");
    }
    seen.forEach((view, grant) -> appendView(text, view, grant));
  }

  private static Map<View, Grant> seenBy(Role role, ViewPack pack) {
    Map<String, List<String>> attributes = new TreeMap<>();
    role.attributes().forEach(attribute -> attributes.put(attribute, List.of("any")));
    Principal holder = new Principal(role.name(), List.of(role.name()), attributes);
    Map<View, Grant> seen = new LinkedHashMap<>();
    pack.views().values().stream()
        .sorted(Comparator.comparing(View::name))
        .forEach(view -> {
          if (pack.policy().decide(holder, view.name(), view.identified())
              instanceof AccessDecision.Allowed allowed) {
            seen.put(view, allowed.grant());
          }
        });
    return seen;
  }

  private static void appendView(StringBuilder text, View view, Grant grant) {
    text.append("\n### ").append(view.name()).append("\n\n");
    text.append(
        view.identified()
            ? "Identified: reads the vault; every statement is audited as such.\n"
            : "");
    String filter = grant.filter();
    text.append(
        filter == null
            ? "Every row.\n"
            : "Only rows where %s: `%s`.\n".formatted(FilterWords.of(filter), oneLine(filter)));
    String unfiltered = grant.unfiltered();
    if (unfiltered != null) {
      text.append("Free of the filters of other views: ").append(sentence(unfiltered)).append('\n');
    }
    new TreeMap<>(grant.unmasked())
        .forEach((column, why) ->
            text.append("Free of the masks of other views, ")
                .append(column)
                .append(": ")
                .append(sentence(why))
                .append('\n'));
    text.append("\n| Column | Type | Shown |\n|---|---|---|\n");
    for (ViewColumn column : view.columns()) {
      text.append("| ")
          .append(column.name())
          .append(" | ")
          .append(column.type())
          .append(" | ")
          .append(shown(column, grant))
          .append(" |\n");
    }
  }

  private static String shown(ViewColumn column, Grant grant) {
    if (grant.hide().contains(column.name())) {
      return "hidden";
    }
    String atRest =
        column.mask() == null ? "" : "masked at rest (%s)".formatted(MaskNames.of(column.mask()));
    ColumnMask mask = grant.masks().get(column.name());
    if (mask == null) {
      return atRest.isEmpty() ? "plain" : atRest;
    }
    String unless = mask.unless();
    String byRole =
        unless == null
            ? "masked (%s)".formatted(mask.with())
            : "masked (%s) unless %s: `%s`"
                .formatted(mask.with(), cell(FilterWords.of(unless)), cell(oneLine(unless)));
    return atRest.isEmpty() ? byRole : atRest + ", " + byRole;
  }

  private static String oneLine(String sql) {
    return sql.strip().replaceAll("\\s+", " ");
  }

  private static String cell(String text) {
    return text.replace("|", "\\|");
  }

  private static String sentence(String text) {
    String line = text.strip().replaceAll("\\s+", " ");
    return line.endsWith(".") ? line : line + ".";
  }
}
