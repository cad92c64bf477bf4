package io.sightglass.engine.views.files;

import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.dataset.Column;
import io.sightglass.engine.dataset.ColumnType;
import io.sightglass.engine.dataset.ColumnType.Scalar;
import io.sightglass.engine.dataset.Mask;
import io.sightglass.engine.dataset.Sensitivity;
import io.sightglass.engine.dataset.TextFormat;
import io.sightglass.engine.views.MistakeCode;
import java.time.ZoneId;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads one column of a dataset contract. */
final class ColumnReader {

  private static final Map<String, Sensitivity> SENSITIVITIES = words(Sensitivity.values());

  /** The masks by the names that contracts and grants use. */
  static final Map<String, Mask> MASKS = words(Mask.values());

  /** DuckDB's directives for strptime. */
  private static final Pattern DIRECTIVE = Pattern.compile("%(-?.|$)", Pattern.DOTALL);

  private static final String DIRECTIVES = "aAwdbBhmyYGVHIpMSfgnzZjUWucxX%";
  private static final String UNPADDED = "dmyHIMSj";

  private final Mistakes mistakes;

  ColumnReader(Mistakes mistakes) {
    this.mistakes = mistakes;
  }

  /** The column, with stand-ins for what is missing; null when it has no name. */
  @Nullable Column read(YamlValue value) {
    YamlMapping mapping =
        value.mapping(
            "name",
            "type",
            "sensitivity",
            "description",
            "required",
            "mask",
            "domain",
            "pattern",
            "allowed",
            "min",
            "max",
            "formats",
            "zone",
            "from",
            "decimal",
            "thousands",
            "true_text",
            "false_text");
    if (mapping == null) {
      return null;
    }
    String name = name(mapping);
    ColumnType type = type(mapping);
    YamlValue sensitivityValue = mapping.require("sensitivity");
    Sensitivity sensitivity =
        sensitivityValue == null ? null : sensitivityValue.oneOf(SENSITIVITIES);
    String description = mapping.requireText("description");
    Mask mask = mapping.find("mask").map(found -> found.oneOf(MASKS)).orElse(null);
    String domain = mapping.text("domain");
    checkMask(mapping, type, sensitivity, mask);
    TextFormat format = format(mapping);
    Column.Constraints constraints = new ConstraintReader(mistakes).read(mapping, type);
    boolean direct = sensitivity == Sensitivity.DIRECT;
    return name == null
        ? null
        : new Column(
            name,
            type == null ? Scalar.VARCHAR : type,
            sensitivity == null ? Sensitivity.NONE : sensitivity,
            // A direct column whose mask is a mistake must not look like a plain one meanwhile.
            direct && mask == null ? Mask.NULL : mask,
            domain,
            from(mapping),
            format,
            constraints,
            description);
  }

  private @Nullable String name(YamlMapping mapping) {
    YamlValue value = mapping.require("name");
    String name = value == null ? null : value.scalar();
    if (value != null && name != null && !QualifiedName.isPart(name)) {
      mistakes.add(value.place(), MistakeCode.BAD_NAME, value.seen(), "[a-z][a-z0-9_]*");
      return null;
    }
    return name;
  }

  private @Nullable ColumnType type(YamlMapping mapping) {
    YamlValue value = mapping.require("type");
    String text = value == null ? null : value.text();
    if (value == null || text == null) {
      return null;
    }
    Optional<ColumnType> type = TypeText.find(text);
    if (type.isEmpty()) {
      String meant = TypeText.findMeant(text).map("; did you mean \"%s\"?"::formatted).orElse("");
      mistakes.add(value.place(), MistakeCode.WRONG_VALUE, value.seen(), TypeText.ALLOWED + meant);
    }
    return type.orElse(null);
  }

  private void checkMask(
      YamlMapping mapping,
      @Nullable ColumnType type,
      @Nullable Sensitivity sensitivity,
      @Nullable Mask mask) {
    boolean hasMask = mapping.find("mask").isPresent();
    boolean hasDomain = mapping.find("domain").isPresent();
    if (sensitivity == Sensitivity.DIRECT && !hasMask) {
      mistakes.add(
          mapping.place(),
          MistakeCode.MISSING_KEY,
          "no key \"mask\" of a direct column",
          String.join(", ", MASKS.keySet()));
    }
    if (sensitivity != null && sensitivity != Sensitivity.DIRECT && hasMask) {
      mistakes.add(
          mapping.placeOf("mask"),
          MistakeCode.CONFLICT,
          "mask of a column that is not direct",
          "a mask with sensitivity: direct; roles mask other columns in grants.yaml");
    }
    if (mask == Mask.PSEUDONYM && !hasDomain) {
      mistakes.add(
          mapping.place(),
          MistakeCode.MISSING_KEY,
          "no key \"domain\" of a pseudonym; it says whose identity the value is");
    }
    if (hasDomain && hasMask && mask != null && mask != Mask.PSEUDONYM) {
      mistakes.add(
          mapping.placeOf("domain"),
          MistakeCode.CONFLICT,
          "domain with mask " + mask.name().toLowerCase(Locale.ROOT),
          "domain with mask pseudonym");
    }
    if (mask == Mask.YEAR && type != null && !isDated(type)) {
      mistakes.add(
          mapping.placeOf("mask"),
          MistakeCode.WRONG_VALUE,
          "mask year of a " + type.sql(),
          "year of DATE, TIMESTAMP or TIMESTAMPTZ");
    }
  }

  static boolean isDated(ColumnType type) {
    return type == Scalar.DATE || type == Scalar.TIMESTAMP || type == Scalar.TIMESTAMPTZ;
  }

  private TextFormat format(YamlMapping mapping) {
    TextFormat standard = TextFormat.DEFAULT;
    List<String> formats = mapping.find("formats").map(this::formats).orElse(List.of());
    ZoneId zone =
        mapping.find("zone").map(value -> Quantities.zone(value, mistakes)).orElse(standard.zone());
    Character decimal = mapping.find("decimal").map(ColumnReader::sign).orElse(standard.decimal());
    Character thousands = mapping.find("thousands").map(ColumnReader::sign).orElse(null);
    if (thousands != null && thousands.equals(decimal)) {
      mistakes.add(
          mapping.placeOf("thousands"),
          MistakeCode.CONFLICT,
          "thousands is the decimal separator",
          "another character");
    }
    return new TextFormat(
        formats, zone, decimal, thousands, truth(mapping, "true"), truth(mapping, "false"));
  }

  /** The texts of {@code true_text} or {@code false_text}, none of which may be the other's. */
  private List<String> truth(YamlMapping mapping, String value) {
    String key = value + "_text";
    List<String> texts = texts(mapping, key);
    String other = value.equals("true") ? "false" : "true";
    List<String> others = texts(mapping, other + "_text");
    for (String text : texts) {
      // What both have is told once.
      if (others.isEmpty()
          ? text.equals(other)
          : key.equals("true_text") && others.contains(text)) {
        mistakes.add(
            mapping.placeOf(key),
            MistakeCode.CONFLICT,
            "%s: \"%s\" means %s too".formatted(key, text, other),
            "texts that mean one of the two");
      }
    }
    return texts;
  }

  private static List<String> texts(YamlMapping mapping, String key) {
    return mapping.find(key).map(SourceReader::scalars).orElse(List.of());
  }

  private List<String> formats(YamlValue value) {
    List<String> formats = SourceReader.scalars(value);
    for (String format : formats) {
      Matcher directive = DIRECTIVE.matcher(format);
      while (directive.find()) {
        String name = directive.group(1);
        boolean known =
            name.length() == 1
                ? DIRECTIVES.contains(name)
                : name.length() == 2 && UNPADDED.indexOf(name.charAt(1)) >= 0;
        if (!known) {
          mistakes.add(
              value.place(),
              MistakeCode.WRONG_VALUE,
              "format \"%s\" has \"%s\"".formatted(format, directive.group()),
              "strptime's, such as %Y-%m-%d, %m/%d/%Y, %Y-%m-%dT%H:%M:%S%z");
        }
      }
    }
    return formats;
  }

  private static @Nullable Character sign(YamlValue value) {
    String text = value.text();
    if (text == null) {
      return null;
    }
    boolean isSeparator =
        text.length() == 1
            && !Character.isLetterOrDigit(text.charAt(0))
            && "+-".indexOf(text.charAt(0)) < 0;
    return isSeparator
        ? Character.valueOf(text.charAt(0))
        : value.badValue("one character, no letter, digit or sign");
  }

  private static List<String> from(YamlMapping mapping) {
    return mapping.find("from").map(SourceReader::scalars).orElse(List.of());
  }

  private static <E extends Enum<E>> Map<String, E> words(E[] values) {
    Map<String, E> words = new LinkedHashMap<>();
    for (E value : values) {
      words.put(value.name().toLowerCase(Locale.ROOT), value);
    }
    return words;
  }
}
