package io.sightglass.engine.views;

import io.sightglass.engine.sql.Guard;
import io.sightglass.engine.sql.SqlParser;
import io.sightglass.engine.sql.lineage.LineageReader;
import io.sightglass.engine.views.check.PackChecker;
import io.sightglass.engine.views.files.PackFiles;
import io.sightglass.engine.views.files.PackFolderScan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads a folder of {@code sql-views} as one whole. Thread-safe. */
public final class ViewPackReader {

  /** The file beside the pack that says who sees what. */
  public static final String ACCESS_REPORT = "access.md";

  private final PackChecker.Tools tools;

  public ViewPackReader(Guard guard, SqlParser parser, DefinitionBinder binder) {
    this.tools = new PackChecker.Tools(guard, parser, new LineageReader(parser), binder);
  }

  /** Reads and checks the folder as it is now; a folder that is not there is one mistake. */
  public ViewPackReading read(Path folder) {
    return read(PackFolderScan.scan(folder));
  }

  /** Checks files that were read before. */
  public ViewPackReading read(PackFiles files) {
    return PackChecker.check(tools, files);
  }

  /** What {@code check-views} says of the folder. */
  public PackCheck check(Path folder) {
    return switch (read(folder)) {
      case ViewPackReading.Mistaken mistaken ->
          new PackCheck(mistaken.mistakes(), mistaken.warnings(), List.of(), Optional.empty());
      case ViewPackReading.Read read -> {
        String report = AccessReport.render(read.pack());
        yield new PackCheck(List.of(), read.warnings(), notes(folder, report), Optional.of(report));
      }
    };
  }

  private static List<String> notes(Path folder, String report) {
    List<String> notes = new ArrayList<>();
    Path file = folder.resolve(ACCESS_REPORT);
    try {
      if (!Files.exists(file)) {
        notes.add(ACCESS_REPORT + " is missing; check-views --write makes it");
      } else if (!Files.readString(file).equals(report)) {
        notes.add(ACCESS_REPORT + " is stale; check-views --write brings it up to date");
      }
    } catch (IOException e) {
      notes.add(ACCESS_REPORT + " cannot be read; check-views --write makes it anew");
    }
    return notes;
  }
}
