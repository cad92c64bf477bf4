package io.sightglass.engine.sql;

import com.fasterxml.jackson.databind.JsonNode;
import io.sightglass.engine.EngineException;
import io.sightglass.engine.sql.FunctionList.FunctionType;
import io.sightglass.engine.sql.FunctionList.Reviewed;
import io.sightglass.engine.sql.FunctionList.Verdict;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.BiConsumer;

/**
 * The bounds of arguments under which functions marked LIMIT may be called; part of one {@link
 * Walk}.
 *
 * <p>Each allocates in one call, outside the memory limit and deaf to a cancel, what its arguments
 * ask for, so these must be literals. What their results add up to is {@link GrowthBound}'s.
 */
final class ArgumentBounds {

  /** Copies that repeat, lpad and rpad may make. */
  static final int MAX_COUNT = 1_000;

  /** Elements of a list made in one call. */
  static final int MAX_ELEMENTS = 10_000;

  /** Characters of a literal that replaces another text. */
  static final int MAX_REPLACEMENT = 64;

  /**
   * Smallest length of one step of a series of times, by the function that an interval parses to.
   */
  private static final Map<String, Duration> UNITS =
      Map.of(
          "to_seconds", Duration.ofSeconds(1),
          "to_minutes", Duration.ofMinutes(1),
          "to_hours", Duration.ofHours(1),
          "to_days", Duration.ofDays(1),
          "to_weeks", Duration.ofDays(7),
          "to_months", Duration.ofDays(28),
          "to_quarters", Duration.ofDays(89),
          "to_years", Duration.ofDays(365));

  private static final Map<String, Duration> UNIT_WORDS =
      Map.of(
          "second", Duration.ofSeconds(1),
          "minute", Duration.ofMinutes(1),
          "hour", Duration.ofHours(1),
          "day", Duration.ofDays(1),
          "week", Duration.ofDays(7),
          "month", Duration.ofDays(28),
          "quarter", Duration.ofDays(89),
          "year", Duration.ofDays(365));

  private static final Set<String> LENGTHS =
      Set.of("char_length", "character_length", "len", "length", "octet_length", "strlen");

  private final Walk walk;
  private final Map<String, BiConsumer<String, JsonNode>> rules;

  ArgumentBounds(Walk walk) {
    this.walk = walk;
    this.rules =
        Map.ofEntries(
            Map.entry("aggregate", this::namedAggregate),
            Map.entry("array_aggr", this::namedAggregate),
            Map.entry("array_aggregate", this::namedAggregate),
            Map.entry("list_aggr", this::namedAggregate),
            Map.entry("list_aggregate", this::namedAggregate),
            Map.entry("array_cat", ArgumentBounds::byGrowth),
            Map.entry("array_concat", ArgumentBounds::byGrowth),
            Map.entry("flatten", ArgumentBounds::byGrowth),
            Map.entry("list_cat", ArgumentBounds::byGrowth),
            Map.entry("list_concat", ArgumentBounds::byGrowth),
            Map.entry("array_resize", this::newSize),
            Map.entry("list_resize", this::newSize),
            Map.entry("lpad", this::count),
            Map.entry("rpad", this::count),
            Map.entry("repeat", this::count),
            Map.entry("generate_series", this::series),
            Map.entry("range", this::series),
            Map.entry("regexp_replace", this::replacement),
            Map.entry("replace", this::replacement));
  }

  /** Checks the call of a function that is marked LIMIT; others pass. */
  void check(String name, JsonNode call) {
    Optional<Reviewed> entry = walk.functions.find(name, FunctionType.SCALAR);
    if (entry.isEmpty() || entry.get().verdict() != Verdict.LIMIT) {
      return;
    }
    BiConsumer<String, JsonNode> rule = rules.get(name);
    if (rule == null) {
      throw refuse(name, call, FunctionAdvice.UNKNOWN);
    }
    rule.accept(name, call);
  }

  /** Whether a function marked LIMIT has its bounds here. */
  static boolean knows(Walk walk, String name) {
    return new ArgumentBounds(walk).rules.containsKey(name);
  }

  private static void byGrowth(String name, JsonNode call) {}

  private void namedAggregate(String name, JsonNode call) {
    String aggregate = Literals.string(argument(call, 1)).orElse("");
    boolean safe =
        walk.functions
            .find(aggregate, FunctionType.AGGREGATE)
            .filter(entry -> entry.verdict() == Verdict.SAFE)
            .isPresent();
    if (!safe) {
      throw refuse(
          name, call, "its second argument must be the literal name of an aggregate, as 'max'");
    }
  }

  private void newSize(String name, JsonNode call) {
    if (!within(Literals.integer(argument(call, 1)), MAX_ELEMENTS)) {
      throw refuse(name, call, "its size must be a literal of at most " + MAX_ELEMENTS);
    }
  }

  private void count(String name, JsonNode call) {
    boolean ofLengths = walk.purpose != Walk.Purpose.STATEMENT && isOfLengths(argument(call, 1));
    if (!ofLengths && !within(Literals.integer(argument(call, 1)), MAX_COUNT)) {
      throw refuse(name, call, "its count must be a literal of at most " + MAX_COUNT);
    }
  }

  /** Whether a count comes of lengths of texts alone, so that the result is as long as they are. */
  private static boolean isOfLengths(JsonNode node) {
    if (Literals.integer(node).isPresent()) {
      return within(Literals.integer(node), MAX_COUNT);
    }
    if ("CAST".equals(node.path("class").asText())) {
      return isOfLengths(node.path("child"));
    }
    String name = Names.fold(node.path("function_name").asText());
    boolean combined = Set.of("+", "-", "greatest", "least").contains(name);
    if (!combined) {
      return "FUNCTION".equals(node.path("class").asText()) && LENGTHS.contains(name);
    }
    for (JsonNode argument : node.path("arguments")) {
      if (!isOfLengths(argument.path("expression"))) {
        return false;
      }
    }
    return true;
  }

  private void replacement(String name, JsonNode call) {
    JsonNode replacement = argument(call, 2);
    boolean bounded =
        Literals.string(replacement).filter(text -> text.length() <= MAX_REPLACEMENT).isPresent();
    if (!bounded) {
      throw refuse(
          name,
          call,
          "its replacement must be a literal of at most %d characters".formatted(MAX_REPLACEMENT));
    }
  }

  private void series(String name, JsonNode call) {
    if (elements(call).isEmpty()) {
      throw refuse(
          name,
          call,
          "as a value its bounds must be literals at most %,d steps apart; or write FROM %s(…)"
              .formatted(MAX_ELEMENTS, name));
    }
  }

  /**
   * How many elements {@code range} or {@code generate_series} makes; empty: too many or unknown.
   */
  static OptionalLong elements(JsonNode call) {
    int count = call.get("arguments").size();
    if (count < 1 || count > 3) {
      return OptionalLong.empty();
    }
    OptionalLong first = count == 1 ? OptionalLong.of(0) : Literals.integer(argument(call, 0));
    OptionalLong last = Literals.integer(argument(call, count == 1 ? 0 : 1));
    if (first.isPresent() && last.isPresent()) {
      OptionalLong step = count < 3 ? OptionalLong.of(1) : Literals.integer(argument(call, 2));
      boolean small =
          within(first, MAX_ELEMENTS * 100L)
              && within(last, MAX_ELEMENTS * 100L)
              && step.isPresent();
      return small && step.getAsLong() != 0
          ? atMost(Math.abs((last.getAsLong() - first.getAsLong()) / step.getAsLong()) + 1)
          : OptionalLong.empty();
    }
    Optional<LocalDateTime> from = time(argument(call, 0));
    Optional<LocalDateTime> until = time(argument(call, 1));
    if (count < 3 || from.isEmpty() || until.isEmpty()) {
      return OptionalLong.empty();
    }
    Optional<Duration> step = step(argument(call, 2));
    return step.isPresent() && step.get().isPositive()
        ? atMost(Duration.between(from.get(), until.get()).abs().dividedBy(step.get()) + 1)
        : OptionalLong.empty();
  }

  private static OptionalLong atMost(long elements) {
    return elements <= MAX_ELEMENTS + 1 ? OptionalLong.of(elements) : OptionalLong.empty();
  }

  private static Optional<LocalDateTime> time(JsonNode node) {
    JsonNode literal = "CAST".equals(node.path("class").asText()) ? node.get("child") : node;
    String text = Literals.string(literal).orElse("").trim().replace(' ', 'T');
    try {
      return Optional.of(
          text.indexOf('T') < 0
              ? LocalDate.parse(text).atTime(LocalTime.MIDNIGHT)
              : LocalDateTime.parse(text));
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }

  private static Optional<Duration> step(JsonNode node) {
    if ("CAST".equals(node.path("class").asText())) {
      String[] words = Literals.string(node.get("child")).orElse("").trim().split(" +", -1);
      if (words.length != 2 || !words[0].matches("[0-9]{1,6}")) {
        return Optional.empty();
      }
      Duration unit = UNIT_WORDS.get(Names.fold(words[1]).replaceFirst("s$", ""));
      return Optional.ofNullable(unit).map(one -> one.multipliedBy(Long.parseLong(words[0])));
    }
    Duration unit = UNITS.get(Names.fold(node.path("function_name").asText()));
    if (unit == null) {
      return Optional.empty();
    }
    JsonNode amount = amountOf(node);
    String text = Literals.text(amount, "INTEGER").or(() -> Literals.string(amount)).orElse("");
    return text.matches("[0-9]{1,6}")
        ? Optional.of(unit.multipliedBy(Long.parseLong(text)))
        : Optional.empty();
  }

  private static JsonNode amountOf(JsonNode interval) {
    JsonNode amount = argument(interval, 0);
    while (amount.has("child") || "trunc".equals(amount.path("function_name").asText())) {
      amount = amount.has("child") ? amount.get("child") : argument(amount, 0);
    }
    return amount;
  }

  private static boolean within(OptionalLong value, long largest) {
    return value.isPresent() && value.getAsLong() <= largest && value.getAsLong() >= -largest;
  }

  static JsonNode argument(JsonNode call, int index) {
    return call.path("arguments").path(index).path("expression");
  }

  private EngineException refuse(String name, JsonNode call, String advice) {
    return walk.refuse(Refusal.of("This call of " + name).instead(advice), call);
  }
}
