package io.sightglass.engine.views.files;

import io.sightglass.engine.dataset.PartitionField;
import io.sightglass.engine.dataset.PartitionField.Transform;
import io.sightglass.engine.views.MistakeCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads partition fields such as {@code month(submitted_at)}. Stateless. */
final class PartitionText {

  private static final Pattern FIELD =
      Pattern.compile(
          "\\s*(day|month|year|identity|bucket)\\s*\\(\\s*(?:(\\d{1,6})\\s*,\\s*)?"
              + "([a-z_][a-z0-9_]*)\\s*\\)\\s*");
  private static final int MOST_BUCKETS = 1000;

  private PartitionText() {}

  static List<PartitionField> read(YamlValue value, Mistakes mistakes) {
    List<PartitionField> fields = new ArrayList<>();
    for (YamlValue item : value.oneOrList()) {
      String text = item.text();
      if (text == null) {
        continue;
      }
      Matcher matcher = FIELD.matcher(text);
      int buckets =
          matcher.matches() && matcher.group(2) != null ? Integer.parseInt(matcher.group(2)) : 0;
      if (!matcher.matches()
          || matcher.group(1).equals("bucket") != (matcher.group(2) != null)
          || buckets > MOST_BUCKETS
          || (matcher.group(2) != null && buckets == 0)) {
        item.badValue("day(c), month(c), year(c), identity(c), bucket(16, c)");
        continue;
      }
      Transform transform = Transform.valueOf(matcher.group(1).toUpperCase(Locale.ROOT));
      PartitionField field = new PartitionField(transform, matcher.group(3), buckets);
      if (fields.contains(field)) {
        mistakes.add(item.place(), MistakeCode.DUPLICATE, item.seen() + " twice", "once");
      } else {
        fields.add(field);
      }
    }
    return fields;
  }
}
