package io.sightglass.engine.views;

import io.sightglass.engine.duckdb.DuckDbParser;
import io.sightglass.engine.duckdb.ShadowCatalog;
import io.sightglass.engine.sql.FunctionList;
import io.sightglass.engine.sql.Guard;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Writes the files of a pack into a folder and reads them with the real guard and engine. It begins
 * with a small good pack of people and visits.
 */
public final class TestingPack {

  /** Shared by all tests: starting it takes longer than most of them. */
  public static final DuckDbParser PARSER = DuckDbParser.open(2);

  public static final Guard GUARD = new Guard(PARSER, FunctionList.reviewed());

  private final Path folder;

  private TestingPack(Path folder) {
    this.folder = folder;
  }

  /** A folder as it is. */
  static TestingPack in(Path folder) {
    return new TestingPack(folder);
  }

  /** An empty folder but for roles. */
  public static TestingPack bare(Path folder) {
    return new TestingPack(folder)
        .file(
            "roles.yaml",
            """
            roles:
              analyst:
                description: Sees everything
                limits: {rows: 1000, bytes: 1 GB, seconds: 60, concurrent: 2, queued: 8, memory: 1 GB, kept: 1}
              local:
                description: Sees one clinic
                attributes: [clinic]
                limits: {rows: 1000, bytes: 1 GB, seconds: 60, concurrent: 2, queued: 8, memory: 1 GB, kept: 1}
            """);
  }

  /** A small good pack. */
  public static TestingPack good(Path folder) {
    return bare(folder)
        .file(
            "care/visits.yaml",
            """
            description: Visits of patients
            owner: Care data team
            grain: one row per visit
            source: {path: care/visits_%Y-%m-%d.csv, format: csv}
            load: replace_date
            key: [visit_id]
            columns:
              - {name: visit_id, type: BIGINT, sensitivity: none, required: true, description: Identifier}
              - {name: clinic, type: VARCHAR, sensitivity: none, description: Where}
              - {name: seen_on, type: DATE, sensitivity: none, description: When}
              - {name: seen_at, type: TIMESTAMPTZ, sensitivity: none, description: When exactly}
              - {name: zip, type: VARCHAR, sensitivity: quasi, description: Postal code}
              - {name: state, type: VARCHAR, sensitivity: quasi, description: State}
              - {name: age, type: INTEGER, sensitivity: quasi, description: Age in years}
              - {name: minutes, type: INTEGER, sensitivity: none, description: How long}
              - {name: ssn, type: VARCHAR, sensitivity: direct, mask: last4, description: Number}
              - {name: email, type: VARCHAR, sensitivity: direct, mask: redact, description: Address}
            """)
        .view(
            "care/visits.sql",
            "SELECT * EXCLUDE (_row_key, _load_id, _file_date) FROM raw.care.visits")
        .file(
            "care/grants.yaml",
            """
            analyst:
              - views: ["*"]
            """);
  }

  /** The file with this text, instead of any there was. */
  public TestingPack file(String path, String text) {
    return bytes(path, text.getBytes(StandardCharsets.UTF_8));
  }

  TestingPack bytes(String path, byte[] content) {
    try {
      Path file = folder.resolve(path);
      Files.createDirectories(file.getParent());
      Files.write(file, content);
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A view without anything special in its comment; its SELECT begins on line 5. */
  public TestingPack view(String path, String sql) {
    return file(
        path,
        """
        /*
        description: What the test needs
        grain: one row per something
        */
        """
            + sql
            + "\n");
  }

  /** The grants of the schema {@code care}. */
  public TestingPack grants(String text) {
    return file("care/grants.yaml", text);
  }

  public Path folder() {
    return folder;
  }

  static ViewPackReader reader() {
    return new ViewPackReader(GUARD, PARSER, new ShadowCatalog());
  }

  public ViewPackReading read() {
    return reader().read(folder);
  }

  /** The pack, which must be without mistakes. */
  public ViewPack pack() {
    return switch (read()) {
      case ViewPackReading.Read read -> read.pack();
      case ViewPackReading.Mistaken mistaken ->
          throw new AssertionError("Mistakes: " + mistaken.mistakes());
    };
  }

  /** What is worth a look in a pack without mistakes. */
  public List<String> warnings() {
    return switch (read()) {
      case ViewPackReading.Read read -> read.warnings().stream().map(Mistake::toString).toList();
      case ViewPackReading.Mistaken mistaken ->
          throw new AssertionError("Mistakes: " + mistaken.mistakes());
    };
  }

  /** Every mistake, as {@code check-views} prints it. */
  public List<String> mistakes() {
    return switch (read()) {
      case ViewPackReading.Read read -> List.of();
      case ViewPackReading.Mistaken mistaken ->
          mistaken.mistakes().stream().map(Mistake::toString).toList();
    };
  }
}
