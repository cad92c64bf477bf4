package io.sightglass.engine.views.files;

import io.sightglass.engine.dataset.Expectations;
import io.sightglass.engine.dataset.Expectations.Band;
import io.sightglass.engine.dataset.Expectations.Every;
import io.sightglass.engine.views.MistakeCode;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads what a dataset expects of its files. */
final class ExpectationReader {

  private static final Map<String, Every> RHYTHMS = rhythms();

  private final Mistakes mistakes;

  ExpectationReader(Mistakes mistakes) {
    this.mistakes = mistakes;
  }

  Expectations read(YamlMapping contract) {
    YamlMapping expect =
        contract
            .find("expect")
            .map(value -> value.mapping("every", "by", "zone", "rows", "rejects"))
            .orElse(null);
    if (expect == null) {
      return new Expectations(null, null, ZoneOffset.UTC, null, null);
    }
    Every every = expect.find("every").map(value -> value.oneOf(RHYTHMS)).orElse(null);
    LocalTime by = expect.find("by").map(Quantities::time).orElse(null);
    ZoneId zone =
        expect.find("zone").map(value -> Quantities.zone(value, mistakes)).orElse(ZoneOffset.UTC);
    Double rejects = expect.find("rejects").map(value -> value.number(0, 1)).orElse(null);
    return new Expectations(every, by, zone, band(expect), rejects);
  }

  private @Nullable Band band(YamlMapping expect) {
    YamlMapping rows = expect.find("rows").map(value -> value.mapping("min", "max")).orElse(null);
    if (rows == null) {
      return null;
    }
    Double min = rows.find("min").map(value -> value.number(0, 1e9)).orElse(null);
    Double max = rows.find("max").map(value -> value.number(0, 1e9)).orElse(null);
    if (min != null && max != null && min > max) {
      mistakes.add(
          rows.place(),
          MistakeCode.CONFLICT,
          "rows: min %s above max %s".formatted(min, max),
          "min at most max");
    }
    return new Band(min, max);
  }

  private static Map<String, Every> rhythms() {
    Map<String, Every> rhythms = new LinkedHashMap<>();
    rhythms.put("hour", Every.HOUR);
    rhythms.put("day", Every.DAY);
    rhythms.put("week", Every.WEEK);
    rhythms.put("month", Every.MONTH);
    return rhythms;
  }
}
