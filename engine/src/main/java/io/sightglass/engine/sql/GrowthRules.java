package io.sightglass.engine.sql;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.BiFunction;

/**
 * How large the results of functions are, from the sizes of their arguments. A function that is not
 * named here gives at most all its arguments together.
 */
final class GrowthRules {

  /** Always a number, a date, a truth value, or a short text such as a digest. */
  private static final Set<String> FIXED =
      Set.of(
          ("!= !~~ !~~* % & && * ** - / // < << <-> <= <=> <@ = > >= >> @ @> ^ ^@ abs acos acosh age"
                  + " ago approx_count_distinct array_contains array_has array_has_all array_has_any"
                  + " array_indexof array_length array_position array_unique ascii asin asinh atan"
                  + " atan2 atanh avg bit_and bit_count bit_length bit_or bit_position bit_xor"
                  + " bool_and bool_or cardinality cbrt ceil ceiling century char_length"
                  + " character_length chr contains corr cos cosh cot count count_if count_star"
                  + " countif covar_pop covar_samp cume_dist current_date current_localtime"
                  + " current_localtimestamp date_add date_diff date_part date_sub date_trunc datediff"
                  + " datepart datesub datetrunc day dayname dayofmonth dayofweek dayofyear"
                  + " days_in_month decade degrees dense_rank divide ends_with entropy epoch epoch_ms"
                  + " epoch_us era even exp factorial favg fdiv floor fmod format_bytes"
                  + " formatreadabledecimalsize formatreadablesize fsum gamma gcd gen_random_uuid"
                  + " geomean geometric_mean get_current_time get_current_timestamp"
                  + " greatest_common_divisor hamming hash hour ilike_escape instr isfinite isinf"
                  + " isnan isodow isoyear julian kahan_sum kurtosis kurtosis_pop last_day lcm"
                  + " least_common_multiple len length length_grapheme lgamma like_escape list_avg"
                  + " list_approx_count_distinct list_contains list_count list_entropy list_has"
                  + " list_has_all list_has_any list_indexof list_kurtosis list_kurtosis_pop list_mad"
                  + " list_position list_product list_sem list_skewness list_stddev_pop"
                  + " list_stddev_samp list_sum list_unique list_var_pop list_var_samp ln log log10"
                  + " log2 mad make_date make_time make_timestamp make_timestamp_ms make_timestamp_ns"
                  + " make_timestamptz map_contains map_contains_entry map_contains_value md5"
                  + " md5_number mean microsecond millennium millisecond minute mismatches mod month"
                  + " monthname multiply nanosecond nextafter normalized_interval not_ilike_escape"
                  + " not_like_escape now ntile octet_length ord percent_rank pi position pow power"
                  + " prefix product quarter radians random rank rank_dense regexp_full_match"
                  + " regexp_matches regr_avgx regr_avgy regr_count regr_intercept regr_r2 regr_slope"
                  + " regr_sxx regr_sxy regr_syy round round_even roundbankers row_number second sem"
                  + " sha1 sha256 sign signbit sin sinh skewness sqrt starts_with stddev stddev_pop"
                  + " stddev_samp strlen strpos strptime struct_contains struct_has struct_indexof"
                  + " struct_position subtract suffix sum sumkahan tan tanh time_bucket timezone"
                  + " timezone_hour timezone_minute to_centuries to_days to_decades to_hours"
                  + " to_microseconds to_millennia to_milliseconds to_minutes to_months to_quarters"
                  + " to_seconds to_timestamp to_weeks to_years today transaction_timestamp trunc"
                  + " try_strptime typeof unicode uuid uuid_extract_timestamp uuid_extract_version"
                  + " uuidv4 uuidv7 var_pop var_samp variance wavg week weekday weekofyear"
                  + " weighted_avg xor year yearweek | ~ ~~ ~~* ~~~")
              .split(" ", -1));

  /** As large as the largest argument. */
  private static final Set<String> LARGEST =
      Set.of(
          ("any_value arbitrary arg_max arg_max_null arg_max_nulls_last arg_min arg_min_null"
                  + " arg_min_nulls_last argmax argmin coalesce constant_or_null fill first"
                  + " first_value greatest if lag last last_value lead least left lower lcase ltrim"
                  + " max max_by median min min_by mode nth_value nullif quantile quantile_cont"
                  + " quantile_disc approx_quantile reverse right rtrim split_part substr substring"
                  + " trim ucase upper regexp_extract unnest struct_extract list_extract"
                  + " array_extract list_element list_slice array_slice list_distinct list_sort"
                  + " list_reverse array_sort")
              .split(" ", -1));

  private static final Map<String, BiFunction<List<ValueSize>, JsonNode, ValueSize>> RULES =
      rules();

  private GrowthRules() {}

  static ValueSize of(String name, List<ValueSize> arguments, JsonNode call) {
    if (FIXED.contains(name)) {
      return ValueSize.NUMBER;
    }
    if (LARGEST.contains(name)) {
      return arguments.stream().reduce(ValueSize.NUMBER, ValueSize::max);
    }
    return RULES.getOrDefault(name, GrowthRules::sum).apply(arguments, call);
  }

  private static Map<String, BiFunction<List<ValueSize>, JsonNode, ValueSize>> rules() {
    Map<String, BiFunction<List<ValueSize>, JsonNode, ValueSize>> rules = new HashMap<>();
    add(rules, "+ add", GrowthRules::plus);
    add(
        rules,
        "list array_agg string_agg group_concat listagg histogram histogram_exact approx_top_k",
        (sizes, call) -> sum(sizes, call).plus(ValueSize.GATHERED));
    add(rules, "repeat", (sizes, call) -> sizes.getFirst().times(count(call)));
    add(rules, "lpad rpad", (sizes, call) -> sum(sizes, call).plus(padding(call)));
    add(
        rules,
        "list_resize array_resize",
        (sizes, call) -> {
          double elements = Literals.integer(ArgumentBounds.argument(call, 1)).orElse(0);
          ValueSize filler = sizes.size() > 2 ? sizes.get(2) : ValueSize.NUMBER;
          return sizes.getFirst().plus(ValueSize.list(filler.bytes() * elements, elements));
        });
    add(
        rules,
        "range generate_series",
        (sizes, call) -> {
          OptionalLong elements = ArgumentBounds.elements(call);
          double count = elements.isPresent() ? elements.getAsLong() : 1;
          return ValueSize.list(8 * count, count);
        });
    add(rules, "equi_width_bins", GrowthRules::bins);
    add(rules, "replace", GrowthRules::replaced);
    add(rules, "regexp_replace", RegexGrowth::replaced);
    add(rules, "regexp_escape", (sizes, call) -> sum(sizes, call).times(2));
    add(rules, "translate", (sizes, call) -> sum(sizes, call).times(4));
    add(rules, "strftime", (sizes, call) -> ValueSize.text(64 + 16 * sum(sizes, call).bytes()));
    add(
        rules,
        "split str_split string_split string_to_array str_split_regex string_split_regex"
            + " regexp_split_to_array regexp_split_to_table regexp_extract_all",
        (sizes, call) -> ValueSize.list(sum(sizes, call).bytes(), sizes.getFirst().bytes()));
    add(
        rules,
        "array_to_string array_to_string_comma_default list_string_agg concat_ws aggregate"
            + " list_aggregate list_aggr array_aggregate array_aggr",
        GrowthRules::joined);
    add(
        rules,
        "list_select array_select",
        (sizes, call) ->
            ValueSize.list(
                sizes.getFirst().bytes() * sizes.getLast().elements(), sizes.getLast().elements()));
    add(
        rules,
        "list_value list_pack array_value struct_pack row",
        (sizes, call) -> {
          ValueSize sum = sum(sizes, call);
          return ValueSize.list(sum.bytes(), Math.max(sizes.size(), sum.elements()));
        });
    return Map.copyOf(rules);
  }

  private static void add(
      Map<String, BiFunction<List<ValueSize>, JsonNode, ValueSize>> rules,
      String names,
      BiFunction<List<ValueSize>, JsonNode, ValueSize> rule) {
    for (String name : names.split(" ", -1)) {
      rules.put(name, rule);
    }
  }

  static ValueSize sum(List<ValueSize> sizes, JsonNode call) {
    return sizes.stream().reduce(ValueSize::plus).orElse(ValueSize.NUMBER);
  }

  /** A number plus anything is no list; two lists become one. */
  private static ValueSize plus(List<ValueSize> sizes, JsonNode call) {
    boolean number =
        sizes.size() < 2 || sizes.stream().anyMatch(size -> size.kind() == ValueSize.Kind.FIXED);
    return number ? ValueSize.NUMBER : sum(sizes, call);
  }

  /** A literal count, or lengths of texts. */
  private static double count(JsonNode call) {
    OptionalLong literal = Literals.integer(ArgumentBounds.argument(call, 1));
    return literal.isPresent() ? Math.max(0, literal.getAsLong()) : ValueSize.COLUMN.bytes();
  }

  private static ValueSize padding(JsonNode call) {
    return ValueSize.text(4 * count(call));
  }

  private static ValueSize bins(List<ValueSize> sizes, JsonNode call) {
    OptionalLong bins = Literals.integer(ArgumentBounds.argument(call, 2));
    double count = bins.isPresent() ? bins.getAsLong() : GrowthBound.MAX_BYTES;
    return ValueSize.list(8 * count, count);
  }

  private static ValueSize joined(List<ValueSize> sizes, JsonNode call) {
    ValueSize sum = sum(sizes, call);
    double separator = 1;
    for (ValueSize size : sizes) {
      separator = Math.max(separator, size.kind() == ValueSize.Kind.TEXT ? size.bytes() : 1);
    }
    double parts = Math.max(sizes.size(), sizes.stream().mapToDouble(ValueSize::elements).sum());
    return new ValueSize(sum.bytes() + separator * parts, sum.elements(), ValueSize.Kind.OPEN);
  }

  /**
   * Each occurrence of a literal becomes another, so that the text grows by their ratio at most.
   */
  private static ValueSize replaced(List<ValueSize> sizes, JsonNode call) {
    double from = bytes(ArgumentBounds.argument(call, 1));
    double to = bytes(ArgumentBounds.argument(call, 2));
    return sizes.getFirst().times(Math.max(1, to / Math.max(1, from)));
  }

  static double bytes(JsonNode literal) {
    return Literals.string(literal).orElse("").getBytes(StandardCharsets.UTF_8).length;
  }
}
