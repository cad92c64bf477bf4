package io.sightglass.engine.ingest.infer;

import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.dataset.ColumnType;
import io.sightglass.engine.dataset.Source.CsvDialect;
import io.sightglass.engine.dataset.Source.Format;
import io.sightglass.engine.dataset.TextFormat;
import io.sightglass.engine.ingest.infer.ContractGuess.ColumnGuess;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The guess as a file for {@code sql-views/}, with what was not sure beside it. Immutable. */
record ContractText(
    Path file,
    QualifiedName dataset,
    SampleFile sample,
    SampleRows rows,
    List<ColumnGuess> columns) {

  private record Stamp(Pattern digits, String pattern) {
    Stamp(String digits, String pattern) {
      this(Pattern.compile(digits), pattern);
    }
  }

  /** Dates as they stand in names of files; the longest first. */
  private static final List<Stamp> STAMPS =
      List.of(
          new Stamp("20\\d\\d-[01]\\d-[0-3]\\dT[0-2]\\d", "%Y-%m-%dT%H"),
          new Stamp("20\\d\\d-[01]\\d-[0-3]\\d", "%Y-%m-%d"),
          new Stamp("20\\d\\d_[01]\\d_[0-3]\\d", "%Y_%m_%d"),
          new Stamp("(?<!\\d)20\\d\\d[01]\\d[0-3]\\d(?!\\d)", "%Y%m%d"));

  /** Names of columns that tell rows apart. */
  private static final Pattern KEY = Pattern.compile("(^|_)(id|uuid|key|number|no)$");

  String text() {
    StringBuilder text = new StringBuilder();
    text.append(
        "# Guessed from %s: %,d rows%s. Check each line; \"?\" is for you to state.%n"
            .formatted(
                file.getFileName(), rows.count(), sample.whole() ? "" : " at its beginning"));
    text.append("description: \"?\"\nowner: \"?\"\ngrain: one row per ?\n");
    source(text);
    key(text);
    text.append("columns:\n");
    columns.forEach(column -> column(text, column));
    return text.toString();
  }

  private void source(StringBuilder text) {
    String name = String.valueOf(file.getFileName());
    Optional<Stamp> stamp =
        STAMPS.stream().filter(candidate -> candidate.digits().matcher(name).find()).findFirst();
    String path =
        stamp.map(found -> found.digits().matcher(name).replaceFirst(found.pattern())).orElse(name);
    text.append("source:\n  path: %s\n".formatted(quoted(dataset.schema() + "/" + path)));
    text.append("  format: %s\n".formatted(sample.format().name().toLowerCase(Locale.ROOT)));
    if (sample.format() != Format.PARQUET) {
      text.append("  csv: {%s}\n".formatted(dialect()));
    }
    text.append(
        stamp.isPresent()
            ? "load: replace_date # a file replaces what came for the date in its name; append: it adds\n"
            : "load: append # a file adds rows; replace_all: it replaces the table; upsert: rows replace rows\n");
  }

  private String dialect() {
    Set<String> nulls = new TreeSet<>();
    columns.forEach(column -> nulls.addAll(column.type().nulls()));
    nulls.add("");
    List<String> parts = new ArrayList<>();
    if (sample.format() == Format.CSV) {
      CsvDialect dialect = rows.dialect();
      parts.add("delimiter: " + quoted(String.valueOf(dialect.delimiter())));
      parts.add("quote: " + quoted(String.valueOf(dialect.quote())));
      parts.add("escape: " + quoted(String.valueOf(dialect.escape())));
      parts.add("encoding: " + sample.encoding());
      parts.add("header: " + dialect.header());
    }
    parts.add("null_text: " + list(nulls));
    return String.join(", ", parts);
  }

  private void key(StringBuilder text) {
    columns.stream()
        .filter(column -> KEY.matcher(column.name()).find() && column.isNearlyUnique(rows.count()))
        .findFirst()
        .ifPresent(column ->
            text.append(
                "key: [%s] # %,d values in %,d rows; of several rows with one value the newest counts\n"
                    .formatted(column.name(), column.type().distinct(), rows.count())));
  }

  private void column(StringBuilder text, ColumnGuess column) {
    TypeGuess type = column.type();
    List<String> parts = new ArrayList<>();
    parts.add("name: " + column.name());
    parts.add("type: " + typeText(type.type()));
    parts.add("sensitivity: \"?\"");
    if (!column.from().equals(column.name())) {
      parts.add("from: " + quoted(column.from()));
    }
    TextFormat format = type.format();
    if (!format.formats().isEmpty()) {
      parts.add("formats: " + list(format.formats()));
    }
    if (format.decimal() != '.') {
      parts.add("decimal: " + quoted(String.valueOf(format.decimal())));
    }
    if (format.thousands() != null) {
      parts.add("thousands: " + quoted(String.valueOf(format.thousands())));
    }
    if (!format.trueText().isEmpty()) {
      parts.add("true_text: " + list(format.trueText()));
      parts.add("false_text: " + list(format.falseText()));
    }
    parts.add("description: \"?\"");
    text.append("  - {%s} # %s\n".formatted(String.join(", ", parts), remark(column)));
  }

  private static String remark(ColumnGuess column) {
    TypeGuess type = column.type();
    List<String> remarks = new ArrayList<>();
    remarks.add(
        "sensitivity: %s (%s)"
            .formatted(column.sensitivity().text(), column.sensitivity().reason()));
    if (type.values() == 0) {
      remarks.add("has no value in this file");
    }
    if (type.failing() > 0) {
      remarks.add("%,d of %,d values do not convert".formatted(type.failing(), type.values()));
    }
    if (type.note() != null) {
      remarks.add(type.note());
    }
    return String.join("; ", remarks);
  }

  private static String typeText(ColumnType type) {
    String text = type.sql().replace("\"", "").replace(", ", ",");
    return text.matches("[A-Z]+") ? text : quoted(text);
  }

  private static String list(Collection<String> texts) {
    return texts.stream().map(ContractText::quoted).collect(Collectors.joining(", ", "[", "]"));
  }

  /** A text of YAML in double quotes. */
  private static String quoted(String text) {
    return "\"%s\""
        .formatted(text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\t", "\\t"));
  }
}
