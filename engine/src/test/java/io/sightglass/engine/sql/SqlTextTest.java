package io.sightglass.engine.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sightglass.engine.EngineException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The text is cut as DuckDB cuts it, so that no bracket hides from the caps. */
class SqlTextTest {

  @Test
  void commentsNestAndEndAtTheirLine() {
    assertThat(tokens("a /* b /* c */ d */ e -- f\ng")).containsExactly("a", "e", "g");
    assertThat(tokens("a -- b\rc")).containsExactly("a", "c");
    assertThat(tokens("a /* never ends (((")).containsExactly("a");
  }

  @Test
  void textsAndNamesKeepTheirQuotes() {
    assertThat(tokens("'a''(' \"b\"\"(\" E'\\'(' x"))
        .containsExactly("'a''('", "\"b\"\"(\"", "E'\\'('", "x");
    assertThat(tokens("'\\' (")).containsExactly("'\\'", "(");
    assertThat(tokens("$$a ( $b$ ( $$ $t$ $$ ( $t$ ("))
        .containsExactly("$$a ( $b$ ( $$", "$t$ $$ ( $t$", "(");
    assertThat(tokens("$1 $name a$b$ (")).containsExactly("$", "1", "$", "name", "a$b$", "(");
  }

  @Test
  void anOperatorSwallowsWhatLooksLikeAComment() {
    assertThat(tokens("1 +/* ( */ 2")).contains("(");
    assertThat(tokens("1 **/* ( */ 2")).doesNotContain("(");
    assertThat(tokens("1 //* ( */ 2")).contains("(");
    assertThat(tokens("1 +-- (\n2")).doesNotContain("(");
  }

  @Test
  void numbersGiveBackWhatIsNoneOfThem() {
    assertThat(tokens("1e'(' (")).containsExactly("1", "e'('", "(");
    assertThat(tokens("1_000.5e-3 1ee5")).containsExactly("1_000.5e-3", "1", "ee5");
  }

  @Test
  void statementsAreSplitOutsideOfTexts() {
    assertThat(SqlText.of(";; a ';' ; b;").statements()).hasSize(2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"a\u0000", "\u0001", "\uDC00", "a\u007f"})
  void charactersThatNoSqlNeedsAreRefused(String text) {
    assertThatThrownBy(() -> SqlText.of(text)).isInstanceOf(EngineException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"1 +/* X */ 2", "'\\' X", "1e'' X", "$a$ $b$ $a$ X", "a$$ X", "\u00a0X", "x'' X"})
  void bracketsAreCountedWhereTheParserSeesThem(String around) {
    String text = around.replace("X", "(".repeat(401));
    assertThatThrownBy(() -> SqlText.of(text))
        .isInstanceOf(EngineException.class)
        .hasMessageContaining("400 opening brackets");
  }

  private static List<String> tokens(String sql) {
    SqlText text = SqlText.of(sql);
    return text.tokens().stream().map(text::textOf).toList();
  }
}
