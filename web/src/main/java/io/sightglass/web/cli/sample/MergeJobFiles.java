package io.sightglass.web.cli.sample;

import io.sightglass.web.cli.sample.DailySteps.Step;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Jobs that merge claims, as daily CSV files with every state that a job took that day; dirty ones
 * also tell older states once more.
 */
final class MergeJobFiles {

  static final String DATASET = "benefits.ep_merge_jobs";

  private static final String HEADER =
      "job_id,pending_claim_id,ep_claim_id,state,error_state,created_at,updated_at\n";
  private static final long FIRST_ID = 40_000_000L;
  private static final List<String> STEPS =
      List.of("GET_PENDING_CLAIM", "CANCEL_EP", "MOVE_CONTENTIONS", "ADD_NOTE");

  private final SampleData.Options options;
  private final LoadedClaims claims;
  private final OutputFiles files;

  MergeJobFiles(SampleData.Options options, LoadedClaims claims, OutputFiles files) {
    this.options = options;
    this.claims = claims;
    this.files = files;
  }

  List<Manifest.Entry> write() throws IOException {
    DailySteps steps = new DailySteps(Math.max(3, options.rows() / 50), this::story);
    Map<String, Instant> newest = new HashMap<>();
    List<Manifest.Entry> entries = new ArrayList<>();
    List<Step> old = new ArrayList<>();
    for (LocalDate day : steps.days()) {
      SampleRandom random =
          SampleRandom.of(options.seed(), SampleRandom.Stream.MERGE_JOB, -day.toEpochDay());
      List<Step> today = new ArrayList<>(old);
      old.clear();
      for (Step step : steps.of(day)) {
        today.add(step);
        if (options.dirty() > 0 && random.chance(0.02)) {
          old.add(step);
        }
      }
      StringBuilder lines = new StringBuilder(HEADER);
      int broken = 0;
      double owed = 0;
      for (Step step : today) {
        owed += options.dirty();
        if (owed >= 1) {
          owed--;
          lines.append(step.line().replaceAll("PENDING|RUNNING|COMPLETED_[A-Z]+", "WAITING"));
          lines.append('\n');
          broken++;
        }
        lines.append(step.line()).append('\n');
      }
      String name = "benefits/ep_merge_jobs/ep_merge_jobs_" + day + ".csv";
      files.write(name, lines);
      entries.add(entry(name, today, broken, newest));
    }
    return entries;
  }

  /** What a load counts that knows the jobs as they were: the newest of each job is written. */
  private static Manifest.Entry entry(
      String name, List<Step> steps, int broken, Map<String, Instant> newest) {
    Map<String, Instant> inFile = new HashMap<>();
    for (Step step : steps) {
      inFile.merge(job(step), step.time(), (one, other) -> one.isAfter(other) ? one : other);
    }
    Set<String> written = new HashSet<>();
    inFile.forEach((job, time) -> {
      Instant before = newest.get(job);
      if (before == null || !time.isBefore(before)) {
        newest.put(job, time);
        written.add(job);
      }
    });
    long duplicates = (long) steps.size() - written.size();
    return new Manifest.Entry(
        DATASET,
        name,
        null,
        new Manifest.Counts(steps.size() + broken, written.size(), broken, duplicates, 0),
        broken == 0 ? Map.of() : Map.of("state", broken));
  }

  private static String job(Step step) {
    return step.line().substring(0, step.line().indexOf(','));
  }

  private List<Step> story(long number) {
    SampleRandom random = SampleRandom.of(options.seed(), SampleRandom.Stream.MERGE_JOB, number);
    long pending = loaded(random.below(claims.count()));
    long into = loaded(random.below(claims.count()));
    Instant created =
        claims.claim(pending).receivedAt().plus(Duration.ofMinutes(random.between(5, 4_000)));
    boolean failed = random.chance(0.08);
    List<String> states =
        List.of("PENDING", "RUNNING", failed ? "COMPLETED_ERROR" : "COMPLETED_SUCCESS");
    int reached = random.chance(0.95) ? states.size() : random.between(1, 2);
    List<Step> steps = new ArrayList<>();
    Instant time = created;
    for (int index = 0; index < reached; index++) {
      boolean error = index == 2 && failed;
      steps.add(
          new Step(
              time,
              "%d,%d,%d,%s,%s,%s,%s"
                  .formatted(
                      FIRST_ID + number,
                      Claim.FIRST_ID + pending,
                      Claim.FIRST_ID + into,
                      states.get(index),
                      error ? random.pick(STEPS) : "",
                      JsonLine.text(created),
                      JsonLine.text(time))));
      time = time.plusMillis((long) random.around(3_600_000, 2) + 1);
    }
    return steps;
  }

  /** The next claim from {@code number} on that a load lets in; itself when there is none. */
  private long loaded(long number) {
    for (long tried = 0; tried < claims.count(); tried++) {
      long candidate = (number + tried) % claims.count();
      if (claims.isLoaded(candidate)) {
        return candidate;
      }
    }
    return number;
  }
}
