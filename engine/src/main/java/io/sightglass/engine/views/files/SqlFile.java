package io.sightglass.engine.views.files;

import io.sightglass.engine.views.MistakeCode;
import org.jspecify.annotations.Nullable;

/**
 * One SELECT behind one leading comment in YAML. Immutable.
 *
 * @param header the comment's document; null, and noted, when there is none
 * @param sql the rest, each character where it stands in the file: what comes before is blank
 */
record SqlFile(@Nullable YamlValue header, String sql) {

  static SqlFile read(PackFile file, Mistakes mistakes) {
    String text = file.text();
    int start = text.length() - text.stripLeading().length();
    int end = text.startsWith("/*", start) ? text.indexOf("*/", start + 2) : -1;
    if (end < 0) {
      mistakes.add(
          file.start(),
          MistakeCode.MISSING_KEY,
          "no leading comment",
          "/* description: …, grain: … */ in YAML, then one SELECT");
      return new SqlFile(null, text);
    }
    String comment = blank(text.substring(0, start + 2)) + text.substring(start + 2, end);
    String sql = blank(text.substring(0, end + 2)) + text.substring(end + 2);
    if (sql.isBlank()) {
      mistakes.add(
          file.start(), MistakeCode.SYNTAX_ERROR, "no SQL after the comment", "one SELECT");
    }
    return new SqlFile(YamlDocument.read(file, comment, mistakes), sql);
  }

  private static String blank(String text) {
    return text.replaceAll("[^\n]", " ");
  }
}
