package io.sightglass.engine;

import java.util.regex.Pattern;

/**
 * The name of a dataset, view or query below its schema, such as {@code benefits.claims}.
 *
 * <p>Immutable; ordered by schema, then name. Both parts match {@code [a-z][a-z0-9_]*}.
 */
public record QualifiedName(String schema, String name) implements Comparable<QualifiedName> {

  private static final Pattern PART = Pattern.compile("[a-z][a-z0-9_]*");

  public QualifiedName {
    if (!isPart(schema) || !isPart(name)) {
      throw new IllegalArgumentException(
          "Name: \"%s.%s\"; allowed: %s for both parts".formatted(schema, name, PART.pattern()));
    }
  }

  /** Whether {@code text} may name a schema, dataset, view, query, column or role. */
  public static boolean isPart(String text) {
    return PART.matcher(text).matches();
  }

  /**
   * Reads {@code schema.name}.
   *
   * @throws IllegalArgumentException when the text is not two valid parts with a dot between them
   */
  public static QualifiedName parse(String text) {
    int dot = text.indexOf('.');
    if (dot < 0) {
      throw new IllegalArgumentException("Name: \"%s\"; allowed: schema.name".formatted(text));
    }
    return new QualifiedName(text.substring(0, dot), text.substring(dot + 1));
  }

  @Override
  public int compareTo(QualifiedName other) {
    int bySchema = schema.compareTo(other.schema);
    return bySchema != 0 ? bySchema : name.compareTo(other.name);
  }

  /** {@code schema.name}. */
  @Override
  public String toString() {
    return schema + "." + name;
  }
}
