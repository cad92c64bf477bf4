package io.sightglass.web.cli.sample;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The lines of one NDJSON file. Where data is dirty, broken lines stand among them that a load must
 * reject: additional ones, so that what the good lines tell stays whole. Not thread-safe.
 */
final class NdjsonDump {

  /**
   * What a broken line is.
   *
   * @param field of which the value is replaced
   * @param json the value in its place
   */
  record Flaw(String field, String json) {}

  private final double share;
  private final List<Flaw> flaws;
  private final SampleRandom random;
  private final Appendable lines;
  private final Map<String, Integer> rejectedBy = new TreeMap<>();
  private final Map<String, String> columns;
  private double owed;
  private long read;
  private long duplicates;

  /**
   * An empty file.
   *
   * @param lines where its text goes, line by line; one that fails ends the run
   * @param share of the lines that are broken, and never more
   * @param flaws what may be wrong, besides lines that are no JSON
   * @param columns the contract's column of each field of a flaw
   */
  NdjsonDump(
      Appendable lines,
      double share,
      List<Flaw> flaws,
      Map<String, String> columns,
      SampleRandom random) {
    this.lines = lines;
    this.share = share;
    this.flaws = List.copyOf(flaws);
    this.columns = Map.copyOf(columns);
    this.random = random;
  }

  void add(String line) {
    owed += share;
    if (owed >= 1) {
      owed--;
      addBroken(line);
    }
    append(line);
  }

  /** Adds a line that a load counts as duplicate. */
  void addAgain(String line) {
    add(line);
    duplicates++;
  }

  private void addBroken(String line) {
    int which = random.below(flaws.size() + 1);
    String column = "*";
    String broken = line.substring(0, line.length() / 2);
    if (which < flaws.size()) {
      Flaw flaw = flaws.get(which);
      column = columns.getOrDefault(flaw.field(), flaw.field());
      broken = JsonLine.with(line, flaw.field(), flaw.json());
    }
    append(broken);
    rejectedBy.merge(column, 1, Integer::sum);
  }

  private void append(String line) {
    try {
      lines.append(line).append('\n');
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    read++;
  }

  boolean isEmpty() {
    return read == 0;
  }

  /** What a load of the file must count, if all its keys are new to the table. */
  Manifest.Entry entry(String dataset, String name) {
    long rejected = rejectedBy.values().stream().mapToLong(Integer::longValue).sum();
    return new Manifest.Entry(
        dataset,
        name,
        null,
        new Manifest.Counts(read, read - rejected - duplicates, rejected, duplicates, 0),
        rejectedBy);
  }
}
