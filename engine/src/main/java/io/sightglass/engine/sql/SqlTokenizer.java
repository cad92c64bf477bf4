package io.sightglass.engine.sql;

import io.sightglass.engine.sql.SqlText.Kind;
import io.sightglass.engine.sql.SqlText.Token;
import java.util.ArrayList;
import java.util.List;

/** Cuts one text into DuckDB's tokens. Used once. */
final class SqlTokenizer {

  /** Spaces outside ASCII, which DuckDB turns into plain ones before it cuts. */
  private static final String WIDE_SPACES = "\u00A0\u1680\u202F\u205F\u3000\uFEFF\u200B";

  private static final String SINGLE = "(){}[],?$-#";
  private static final List<String> WHOLE_OPERATORS = List.of("->>", "::", ":=", "->", "**", "//");
  private static final String ENDS_OPERATOR = "'-;\".";

  private final String text;
  private final List<Token> tokens = new ArrayList<>();
  private int at;

  SqlTokenizer(String text) {
    this.text = text;
  }

  List<Token> tokens() {
    while (at < text.length()) {
      next();
    }
    return tokens;
  }

  private void next() {
    char c = text.charAt(at);
    if (isSpace(c)) {
      at++;
    } else if (c == '\'') {
      string(at, false);
    } else if (c == '"') {
      quotedName();
    } else if (c == ';') {
      push(Kind.SEMICOLON, at, at + 1);
    } else if (c == '$') {
      dollar();
    } else if (startsWith("--")) {
      lineComment();
    } else if (startsWith("/*")) {
      blockComment();
    } else if (wholeOperator() > 0) {
      push(Kind.SYMBOL, at, at + wholeOperator());
    } else if (SINGLE.indexOf(c) >= 0) {
      push(Kind.SYMBOL, at, at + 1);
    } else if (isDigit(c) || c == '.') {
      number();
    } else if ("NnXxEeBb".indexOf(c) >= 0 && charAt(at + 1) == '\'') {
      string(at + 1, c == 'E' || c == 'e');
    } else if (isOperator(c)) {
      operator();
    } else {
      word();
    }
  }

  /** From the quote at {@code quote}; a text that never ends is a token to the end. */
  private void string(int quote, boolean escapes) {
    int end = quote + 1;
    while (end < text.length()) {
      char c = text.charAt(end);
      if (escapes && c == '\\') {
        end += 2;
      } else if (c == '\'' && charAt(end + 1) == '\'') {
        end += 2;
      } else if (c == '\'') {
        break;
      } else {
        end++;
      }
    }
    push(Kind.STRING, at, Math.min(end + 1, text.length()));
  }

  private void quotedName() {
    int end = at + 1;
    while (end < text.length()) {
      if (text.charAt(end) != '"') {
        end++;
      } else if (charAt(end + 1) == '"') {
        end += 2;
      } else {
        break;
      }
    }
    push(Kind.QUOTED_NAME, at, Math.min(end + 1, text.length()));
  }

  /** {@code $1} and {@code $name} are a symbol and what follows; {@code $tag$…$tag$} is a text. */
  private void dollar() {
    int close = at + 1;
    if (!isDigit(charAt(close))) {
      while (close < text.length() && isTag(text.charAt(close))) {
        close++;
      }
      if (charAt(close) == '$') {
        String marker = text.substring(at, close + 1);
        int end = text.indexOf(marker, close + 1);
        push(Kind.STRING, at, end < 0 ? text.length() : end + marker.length());
        return;
      }
    }
    push(Kind.SYMBOL, at, at + 1);
  }

  private void lineComment() {
    while (at < text.length() && text.charAt(at) != '\n' && text.charAt(at) != '\r') {
      at++;
    }
  }

  private void blockComment() {
    int depth = 0;
    do {
      if (startsWith("/*")) {
        depth++;
        at += 2;
      } else if (startsWith("*/")) {
        depth--;
        at += 2;
      } else {
        at++;
      }
    } while (depth > 0 && at < text.length());
  }

  /**
   * Digits, dots, single underscores and an exponent; what does not end in a digit is given back.
   */
  private void number() {
    int end = at + 1;
    while (end < text.length() && isInNumber(end)) {
      end++;
    }
    while (!isDigit(text.charAt(end - 1)) && text.charAt(end - 1) != '.') {
      end--;
    }
    push(Kind.NUMBER, at, end);
  }

  private boolean isInNumber(int index) {
    char c = text.charAt(index);
    char before = text.charAt(index - 1);
    if (isDigit(c) || c == '.') {
      return true;
    }
    return switch (c) {
      case '_' -> isDigit(charAt(index + 1)) || charAt(index + 1) == '.';
      case 'e', 'E' ->
          before != 'e' && before != 'E' && (isDigit(text.charAt(at)) || isDigit(before));
      case '+', '-' -> before == 'e' || before == 'E';
      default -> false;
    };
  }

  /** The length of an operator that ends here whatever follows it; 0: none begins here. */
  private int wholeOperator() {
    for (String operator : WHOLE_OPERATORS) {
      if (startsWith(operator)) {
        return operator.length();
      }
    }
    return 0;
  }

  private void operator() {
    int end = at;
    while (end < text.length() && isOperator(text.charAt(end))) {
      end++;
    }
    push(Kind.SYMBOL, at, end);
  }

  private void word() {
    int end = at + 1;
    while (end < text.length() && (text.charAt(end) == '$' || isWord(text.charAt(end)))) {
      end++;
    }
    push(Kind.WORD, at, end);
  }

  private void push(Kind kind, int start, int end) {
    tokens.add(new Token(kind, start, end));
    at = end;
  }

  private boolean startsWith(String symbol) {
    return text.startsWith(symbol, at);
  }

  private char charAt(int index) {
    return index < text.length() ? text.charAt(index) : '\0';
  }

  private static boolean isSpace(char c) {
    return c == ' '
        || isBetween(c, '\t', '\r')
        || isBetween(c, '\u2000', '\u200A')
        || WIDE_SPACES.indexOf(c) >= 0;
  }

  private static boolean isDigit(char c) {
    return isBetween(c, '0', '9');
  }

  private static boolean isTag(char c) {
    boolean wide = c >= 0x80 && !isSpace(c);
    return wide || isBetween(c, 'A', 'Z') || isBetween(c, 'a', 'z') || isDigit(c) || c == '_';
  }

  private static boolean isOperator(char c) {
    boolean punctuation =
        isBetween(c, '!', '/')
            || isBetween(c, ':', '@')
            || isBetween(c, '[', '`')
            || isBetween(c, '{', '~');
    return punctuation && c != '_' && SINGLE.indexOf(c) < 0 && ENDS_OPERATOR.indexOf(c) < 0;
  }

  private static boolean isWord(char c) {
    return !isSpace(c) && !isOperator(c) && SINGLE.indexOf(c) < 0 && ENDS_OPERATOR.indexOf(c) < 0;
  }

  private static boolean isBetween(char c, char first, char last) {
    return c >= first && c <= last;
  }
}
