package io.sightglass.engine.sql;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The statements of {@code attacks/sql.tsv}, and those of our own beside it. The service's tests
 * send them too.
 */
public final class AttackCorpus {

  private static final Pattern REPETITION = Pattern.compile("@REP\\((\\d+),(.*?)\\)@");

  private AttackCorpus() {}

  /** What must become of a statement. */
  public enum Expected {
    DENY,
    ALLOW,
    LIMIT
  }

  /**
   * One statement; its text still names folders as {@code {DATA}}, {@code {OUT}}, {@code {SECRET}}.
   */
  public record Case(String id, String category, String sql, Expected expected) {

    @Override
    public String toString() {
      return id + " " + category + ": " + (sql.length() > 80 ? sql.substring(0, 80) + "…" : sql);
    }
  }

  /** Both the shared statements and our own. */
  public static List<Case> all() {
    List<Case> all = new ArrayList<>(read("/attacks/sql.tsv"));
    all.addAll(read("/attacks/own.tsv"));
    return all;
  }

  static List<Case> read(String resource) {
    List<Case> cases = new ArrayList<>();
    for (String line : lines(resource)) {
      List<String> fields = List.of(line.split("\t", -1));
      if (fields.size() == 4 && !"id".equals(fields.get(0))) {
        cases.add(
            new Case(
                fields.get(0),
                fields.get(1),
                repeated(fields.get(2)),
                Expected.valueOf(fields.get(3))));
      }
    }
    return cases;
  }

  static List<String> lines(String resource) {
    try (InputStream in =
        Objects.requireNonNull(AttackCorpus.class.getResourceAsStream(resource), resource)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String repeated(String sql) {
    return REPETITION
        .matcher(sql)
        .replaceAll(match ->
            Matcher.quoteReplacement(match.group(2).repeat(Integer.parseInt(match.group(1)))));
  }
}
