package io.sightglass.engine.ingest.infer;

import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a column may say about a person, by its name and by the shape of its values; a person must
 * decide. Immutable.
 *
 * @param text as in a contract, such as {@code direct, mask: last4}
 * @param reason what points at it
 */
record SensitivityGuess(String text, String reason) {

  /** A value's shape that identifies, as a regular expression of the engine, with its guess. */
  record Shape(String what, String pattern, String guess) {}

  /** Looked for in the values; the first that most of them have decides. */
  static final List<Shape> SHAPES =
      List.of(
          new Shape("social security numbers", "\\d{3}-\\d{2}-\\d{4}", "direct, mask: last4"),
          new Shape("e-mail addresses", "[^@\\s]+@[^@\\s]+\\.[^@\\s]+", "direct, mask: redact"),
          new Shape(
              "phone numbers",
              "(\\+?1[ .-]?)?\\(?\\d{3}\\)?[ .-]\\d{3}[ .-]\\d{4}",
              "direct, mask: last4"),
          new Shape("ZIP codes", "\\d{5}(-\\d{4})?", "quasi"));

  /** Texts of this many characters on average are written by hand, and may name anybody. */
  private static final double LONG_TEXT = 30;

  private record Word(Pattern name, String guess) {
    Word(String words, String guess) {
      this(Pattern.compile("(^|_)(%s)(_|$)".formatted(words)), guess);
    }
  }

  private static final List<Word> WORDS =
      List.of(
          new Word("ssn|social_security(_number)?|tax_id|national_id|nino", "direct, mask: last4"),
          new Word("file_number|passport|license|account|iban|card", "direct, mask: last4"),
          new Word(
              "participant(_id)?|veteran(_id)?|person_id|member_id|customer_id|patient_id|user_id",
              "direct, mask: pseudonym, domain: person"),
          new Word("e?mail(_address)?", "direct, mask: redact"),
          new Word("phone|mobile|fax|telephone|tel", "direct, mask: last4"),
          new Word(
              "first_name|last_name|full_name|surname|given_name|name|maiden",
              "direct, mask: redact"),
          new Word("birth|birth_date|dob|date_of_birth|born", "direct, mask: year"),
          new Word("address|street|ip|latitude|longitude", "direct, mask: redact"),
          new Word(
              "comment|comments|note|notes|remark|remarks|message|text", "direct, mask: scrub"),
          new Word("zip|zipcode|postal|postcode|city|county|gender|sex|race|age", "quasi"),
          new Word("diagnosis|diagnostic|disability|medical|income|salary|rating", "sensitive"));

  /**
   * The guess.
   *
   * @param column its name in the contract
   * @param shape what most of its values look like; null: nothing known
   * @param averageLength of its values, in characters; 0 when they are no texts
   */
  static SensitivityGuess of(String column, @Nullable Shape shape, double averageLength) {
    String name = column.toLowerCase(Locale.ROOT);
    for (Word word : WORDS) {
      if (word.name().matcher(name).find()) {
        return new SensitivityGuess(word.guess(), "by its name");
      }
    }
    if (shape != null) {
      return new SensitivityGuess(shape.guess(), "its values look like " + shape.what());
    }
    if (averageLength > LONG_TEXT) {
      return new SensitivityGuess("direct, mask: scrub", "free text may name a person");
    }
    return new SensitivityGuess("none", "nothing seen that points at a person");
  }
}
