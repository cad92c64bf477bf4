package io.sightglass.engine.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.duckdb.DuckDbParser;
import io.sightglass.engine.sql.AttackCorpus.Case;
import io.sightglass.engine.sql.FunctionList.Verdict;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * Statements spliced at random from good and hostile pieces: whatever passes, an independent scan
 * of its canonical text finds in it no table but the resolved ones and no function but the reviewed
 * ones.
 */
class GuardMutationTest {

  private static final int ROUNDS = 6_000;

  private static final List<String> HOSTILE =
      List.of(
          "raw.claims",
          "(select max(ssn) from raw.claims)",
          "getvariable('hmac_key')",
          "$\"x, (select 1) --\"",
          "$hmac_key",
          "read_parquet('/x')",
          "'/etc/passwd'",
          "tmp_staging",
          "vault.main.box",
          "; drop table x",
          "/*",
          "*/",
          "--",
          "'",
          "\"",
          "$$",
          "(",
          ")",
          "[",
          "]",
          "at (version => 1)",
          "with x as (from raw.claims)",
          "'x'.getvariable()",
          "current_user",
          "raw.unmask(1)",
          "system.main.version()",
          "::raw.card",
          "collate nosuch",
          "E'\\''",
          "U&'x'",
          "\"raw\".\"claims\"",
          "from raw.claims",
          "union all",
          "copy (select 1) to '/x'",
          "pivot",
          "lateral",
          "unnest(getvariable('x'))",
          "duckdb_settings()",
          "lambda x: getvariable(x)",
          "#1",
          "columns('x')",
          "\u00a0",
          "\n",
          "using sample 1%",
          "table raw.pepper",
          "in raw.pepper",
          "recurring.x",
          "p_x.claims.claims",
          "p_x.claims.secret",
          "defs.claims.claims",
          "||",
          "::json",
          "-> 'x'",
          "as \"a\"\"b; --\"");

  private static final Pattern TOKEN =
      Pattern.compile(
          "'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|\\$\\d+|[\\p{L}_][\\p{L}\\p{N}_$]*|\\d[\\w.]*|\\s+|.",
          Pattern.DOTALL);

  /** Words that a bracket may follow without being a call. */
  private static final Set<String> WORDS =
      Set.of(
          ("select from where and or not in exists any all as on using over filter by group order"
                  + " having qualify limit offset distinct union except intersect with recursive"
                  + " values case when then else between is join cross left right inner full semi anti"
                  + " asof natural positional lateral pivot unpivot for into name exclude replace"
                  + " rename partition rows range groups sets grouping rollup cube materialized cast"
                  + " try_cast try coalesce columns interval decimal varchar struct map array tablesample"
                  + " system bernoulli reservoir repeatable sample key ordinality lambda like ilike"
                  + " similar collate at time zone desc asc nulls first last unpack row preceding"
                  + " following ties current timestamp char numeric")
              .split(" ", -1));

  /** Words that begin a clause in canonical text. */
  private static final Set<String> CLAUSES =
      Set.of("select", "from", "join", "on", "where", "group", "having", "qualify", "order");

  @Test
  void nothingUnresolvedAndNothingUnreviewedEverPasses() {
    long seed = Long.getLong("guard.seed", 20_260_101L);
    Random random = new Random(seed);
    List<Case> cases = AttackCorpus.all();
    FunctionList functions = FunctionList.reviewed();
    int passed = 0;
    try (DuckDbParser parser = DuckDbParser.open(1)) {
      Guard guard = new Guard(parser, functions);
      for (int round = 0; round < ROUNDS; round++) {
        String sql = mutant(cases, random);
        GuardedStatement statement;
        try {
          statement = guard.check(sql, new TestingNames());
        } catch (EngineException e) {
          assertThat(e.code().name()).as(sql).isNotEqualTo("INTERNAL");
          continue;
        }
        passed++;
        scan(statement.text(), functions, sql);
        assertThat(guard.check(statement.text(), GuardMutationTest::onlyComplete).views())
            .as(sql)
            .isEqualTo(statement.views());
      }
    }
    assertThat(passed)
        .as("mutants that pass with -Dguard.seed=%d, or the test proves nothing", seed)
        .isGreaterThan(ROUNDS / 50);
  }

  private static NameResolver.Resolution onlyComplete(List<String> path) {
    return path.size() == 3 && path.getFirst().equals(TestingNames.CATALOG)
        ? new TestingNames().resolve(path.subList(1, 3))
        : new NameResolver.Resolution.Unknown(List.of());
  }

  private static String mutant(List<Case> cases, Random random) {
    List<String> tokens = tokens(cases.get(random.nextInt(cases.size())).sql());
    int changes = 1 + random.nextInt(3);
    for (int change = 0; change < changes && !tokens.isEmpty(); change++) {
      int at = random.nextInt(tokens.size());
      switch (random.nextInt(6)) {
        case 0 -> tokens.remove(at);
        case 1 -> tokens.add(at, " " + HOSTILE.get(random.nextInt(HOSTILE.size())) + " ");
        case 2 -> tokens.set(at, HOSTILE.get(random.nextInt(HOSTILE.size())));
        case 3 -> tokens.add(at, tokens.get(random.nextInt(tokens.size())));
        case 4 -> {
          List<String> other = tokens(cases.get(random.nextInt(cases.size())).sql());
          int start = other.isEmpty() ? 0 : random.nextInt(other.size());
          int end = Math.min(other.size(), start + 1 + random.nextInt(8));
          tokens.addAll(at, other.subList(start, end));
        }
        default -> {
          String swapped = tokens.get(at);
          int with = random.nextInt(tokens.size());
          tokens.set(at, tokens.get(with));
          tokens.set(with, swapped);
        }
      }
    }
    return String.join("", tokens);
  }

  private static List<String> tokens(String sql) {
    List<String> tokens = new ArrayList<>();
    Matcher matcher = TOKEN.matcher(sql);
    while (matcher.find() && tokens.size() < 400) {
      tokens.add(matcher.group());
    }
    return tokens;
  }

  /** Looks at the text alone: names before brackets, and names of three parts. */
  private static void scan(String canonical, FunctionList functions, String written) {
    List<String> tokens = tokens(canonical).stream().filter(token -> !token.isBlank()).toList();
    Set<String> tables = new HashSet<>();
    for (int index = 0; index < tokens.size(); index++) {
      String token = name(tokens.get(index));
      boolean dotted = index > 0 && tokens.get(index - 1).equals(".");
      if (token.isEmpty()) {
        continue;
      }
      if (next(tokens, index).equals("(")
          && !WORDS.contains(token)
          && !isAliasOrCte(tokens, index)) {
        assertThat(dotted).as("qualified call %s in %s", token, canonical).isFalse();
        boolean reviewed =
            functions.named(token).values().stream()
                .anyMatch(entry -> entry.verdict() != Verdict.DENY);
        assertThat(reviewed).as("call of %s in %s, of %s", token, canonical, written).isTrue();
      }
      if (token.equals("p_x") && isInFrom(tokens, index)) {
        tables.add(String.join("", tokens.subList(index, Math.min(index + 5, tokens.size()))));
      }
    }
    assertThat(tables)
        .as(canonical)
        .isSubsetOf("p_x.claims.claims", "p_x.claims.contention_events");
    for (int index = 1; index < tokens.size(); index++) {
      if (Set.of("from", "join").contains(tokens.get(index - 1).toLowerCase(Locale.ROOT))
          && next(tokens, index).equals(".")) {
        assertThat(name(tokens.get(index))).as(canonical).isEqualTo("p_x");
      }
    }
  }

  /** Whether the clause around a name is FROM; elsewhere a name of three parts is a column. */
  private static boolean isInFrom(List<String> tokens, int index) {
    int depth = 0;
    for (int at = index - 1; at >= 0 && depth <= 0; at--) {
      String token = tokens.get(at).toLowerCase(Locale.ROOT);
      depth += token.equals("(") ? 1 : token.equals(")") ? -1 : 0;
      if (depth == 0 && CLAUSES.contains(token)) {
        return token.equals("from") || token.equals("join");
      }
    }
    return true;
  }

  /** A bracket after a name may hold the column names of an alias or of a table expression. */
  private static boolean isAliasOrCte(List<String> tokens, int index) {
    String before = index == 0 ? "" : tokens.get(index - 1).toLowerCase(Locale.ROOT);
    return before.equals("as")
        || before.equals("with")
        || before.equals("recursive")
        || (before.equals(",") && canonicalCte(tokens, index));
  }

  private static boolean canonicalCte(List<String> tokens, int index) {
    int depth = 0;
    for (int at = index + 1; at < tokens.size(); at++) {
      depth += tokens.get(at).equals("(") ? 1 : tokens.get(at).equals(")") ? -1 : 0;
      if (depth == 0) {
        return (next(tokens, at).equalsIgnoreCase("as") && next(tokens, at + 1).equals("("))
            || next(tokens, at).equalsIgnoreCase("using");
      }
    }
    return false;
  }

  private static String next(List<String> tokens, int index) {
    return index + 1 < tokens.size() ? tokens.get(index + 1) : "";
  }

  /** The folded name that a token is; empty: it is none. */
  private static String name(String token) {
    boolean quoted = token.length() > 1 && token.startsWith("\"");
    boolean word = Character.isLetter(token.charAt(0)) || token.charAt(0) == '_';
    return quoted
        ? token.substring(1, token.length() - 1).toLowerCase(Locale.ROOT)
        : word ? token.toLowerCase(Locale.ROOT) : "";
  }
}
