package io.sightglass.web.cli.sample;

import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.function.LongFunction;

/**
 * Steps of many things, each thing with a story of its own, put in order by the UTC day on which
 * they are told. Not thread-safe.
 *
 * <p>Eight bytes a step are kept; the steps themselves are made anew when they are asked for.
 */
final class DailySteps {

  private static final int MOST_STEPS = 16;

  private final LongFunction<List<Step>> story;
  private final TreeMap<LocalDate, Numbers> days = new TreeMap<>();

  /**
   * One step.
   *
   * @param line as a file tells it
   */
  record Step(Instant time, String line) {}

  /**
   * The steps of {@code count} things.
   *
   * @param story of a thing by its number, from 0; at most {@value #MOST_STEPS} steps
   */
  DailySteps(long count, LongFunction<List<Step>> story) {
    this.story = story;
    for (long number = 0; number < count; number++) {
      List<Step> steps = story.apply(number);
      for (int index = 0; index < steps.size(); index++) {
        LocalDate day = LocalDate.ofInstant(steps.get(index).time(), ZoneOffset.UTC);
        days.computeIfAbsent(day, absent -> new Numbers()).add(number * MOST_STEPS + index);
      }
    }
  }

  List<LocalDate> days() {
    return List.copyOf(days.keySet());
  }

  List<Step> of(LocalDate day) {
    Numbers numbers = days.getOrDefault(day, new Numbers());
    List<Step> steps = new ArrayList<>(numbers.size());
    for (int index = 0; index < numbers.size(); index++) {
      long number = numbers.get(index);
      steps.add(story.apply(number / MOST_STEPS).get((int) (number % MOST_STEPS)));
    }
    return steps;
  }
}
