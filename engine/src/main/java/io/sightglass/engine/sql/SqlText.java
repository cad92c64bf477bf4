package io.sightglass.engine.sql;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.Position;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A text as DuckDB's tokenizer cuts it, within the caps that keep its parser from taking seconds
 * and gigabytes. Immutable.
 *
 * <p>It must see brackets where the parser sees them, so it follows DuckDB to the letter: nested
 * comments, dollar quotes, {@code E''} strings, and that {@code +/*} is an operator and opens no
 * comment.
 */
final class SqlText {

  static final int MAX_BYTES = 32 * 1024;
  static final int MAX_BRACKETS = 400;
  static final int MAX_TOKENS = 8_000;

  /** What one token is; comments and spaces are none. */
  enum Kind {
    WORD,
    QUOTED_NAME,
    STRING,
    NUMBER,
    SEMICOLON,
    SYMBOL
  }

  /** One token: {@code text[start, end)}. */
  record Token(Kind kind, int start, int end) {}

  private final String text;
  private final List<Token> tokens;

  private SqlText(String text, List<Token> tokens) {
    this.text = text;
    this.tokens = List.copyOf(tokens);
  }

  /** Cuts a text, or refuses it for its size or for characters that no SQL needs. */
  static SqlText of(String text) {
    checkCharacters(text);
    List<Token> tokens = new SqlTokenizer(text).tokens();
    SqlText cut = new SqlText(text, tokens);
    cut.checkCaps();
    return cut;
  }

  private static void checkCharacters(String text) {
    if (text.length() > MAX_BYTES || text.getBytes(StandardCharsets.UTF_8).length > MAX_BYTES) {
      throw new EngineException(
          ErrorCode.STATEMENT_TOO_LARGE,
          "The SQL has more than %,d bytes; long lists belong into a parameter"
              .formatted(MAX_BYTES));
    }
    for (int index = 0; index < text.length(); ) {
      int codePoint = text.codePointAt(index);
      boolean lone = codePoint >= 0xD800 && codePoint <= 0xDFFF;
      boolean control =
          (codePoint < 0x20 && !Character.isWhitespace(codePoint)) || codePoint == 0x7F;
      if (lone || control) {
        throw new EngineException(
                ErrorCode.SYNTAX_ERROR,
                "The character U+%04X is not allowed in SQL".formatted(codePoint))
            .at(positionAt(text, index));
      }
      index += Character.charCount(codePoint);
    }
  }

  private void checkCaps() {
    int brackets = 0;
    for (Token token : tokens) {
      if (token.kind() == Kind.SYMBOL && "([{".indexOf(text.charAt(token.start())) >= 0) {
        brackets++;
        if (brackets > MAX_BRACKETS) {
          throw Refusal.of("More than %,d opening brackets".formatted(MAX_BRACKETS))
              .instead(
                  "split the statement with common table expressions, or pass a list as a"
                      + " parameter")
              .at(positionOf(token));
        }
      }
    }
    if (tokens.size() > MAX_TOKENS) {
      throw Refusal.of("More than %,d words and symbols".formatted(MAX_TOKENS))
          .instead("pass a list as a parameter, or split the statement")
          .at(positionOf(tokens.get(MAX_TOKENS)));
    }
  }

  String text() {
    return text;
  }

  List<Token> tokens() {
    return tokens;
  }

  /** The token's text as written. */
  String textOf(Token token) {
    return text.substring(token.start(), token.end());
  }

  /** The token's text in upper case if it is a word, else an empty text. */
  String wordOf(Token token) {
    return token.kind() == Kind.WORD ? textOf(token).toUpperCase(Locale.ROOT) : "";
  }

  Position positionOf(Token token) {
    return positionAt(text, token.start());
  }

  /** The statements between semicolons, without empty ones. */
  List<List<Token>> statements() {
    List<List<Token>> statements = new ArrayList<>();
    List<Token> current = new ArrayList<>();
    for (Token token : tokens) {
      if (token.kind() == Kind.SEMICOLON) {
        if (!current.isEmpty()) {
          statements.add(current);
          current = new ArrayList<>();
        }
      } else {
        current.add(token);
      }
    }
    if (!current.isEmpty()) {
      statements.add(current);
    }
    return statements;
  }

  private static Position positionAt(String text, int index) {
    return Position.ofByte(text, text.substring(0, index).getBytes(StandardCharsets.UTF_8).length);
  }
}
