package io.sightglass.engine.views;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.views.files.PackFiles;
import io.sightglass.engine.views.files.PackFolderScan;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The folder of a running service: the pack in force, and what is wrong with the folder meanwhile.
 *
 * <p>A changed folder is taken as a whole or not at all, and only once two looks in a row have
 * found it the same, so that one being written is left alone. With mistakes the last good version
 * stays in force; it is stored, so that a restart has it too. Thread-safe; {@link #refresh} is
 * called by a clock.
 */
public final class PackFolder {

  /** What a look at the folder came to. */
  public sealed interface Refresh {

    /** As before. */
    record Unchanged() implements Refresh {}

    /** Another pack is in force. */
    record Changed(ViewPack pack) implements Refresh {}

    /** The folder has mistakes that it did not have before; the pack in force stays. */
    record Mistaken(List<Mistake> mistakes) implements Refresh {}

    /** The folder is again what is in force, without mistakes. */
    record Mended() implements Refresh {}
  }

  private final Path folder;
  private final StoredPack stored;
  private final ViewPackReader reader;
  private volatile ViewPack pack;
  private volatile List<Mistake> mistakes;
  private volatile List<Mistake> warnings;

  /** What the folder was when it was last checked. */
  private String checked;

  /** What the folder was at the last look. */
  private String seen;

  private PackFolder(
      Path folder,
      StoredPack stored,
      ViewPackReader reader,
      PackFiles files,
      ViewPackReading.Read read,
      List<Mistake> mistakes) {
    this.folder = folder;
    this.stored = stored;
    this.reader = reader;
    this.checked = files.version();
    this.seen = checked;
    this.pack = read.pack();
    this.warnings = read.warnings();
    this.mistakes = List.copyOf(mistakes);
  }

  /**
   * Reads the folder, or the last good version where it has mistakes.
   *
   * @param store where the last good version is kept; made when it is not there
   * @throws EngineException {@code INVALID_REQUEST} with every mistake, when there is nothing to
   *     fall back on
   */
  public static PackFolder open(Path folder, Path store, ViewPackReader reader) {
    PackFiles files = PackFolderScan.scan(folder);
    StoredPack stored = new StoredPack(store);
    return switch (reader.read(files)) {
      case ViewPackReading.Read read -> {
        stored.write(files);
        yield new PackFolder(folder, stored, reader, files, read, List.of());
      }
      case ViewPackReading.Mistaken mistaken ->
          stored
              .find()
              .map(reader::read)
              .filter(ViewPackReading.Read.class::isInstance)
              .map(ViewPackReading.Read.class::cast)
              .map(last -> new PackFolder(folder, stored, reader, files, last, mistaken.mistakes()))
              .orElseThrow(() -> refused(mistaken));
    };
  }

  private static EngineException refused(ViewPackReading.Mistaken mistaken) {
    return new EngineException(
        ErrorCode.INVALID_REQUEST,
        mistaken.mistakes().stream()
            .map(Mistake::toString)
            .collect(
                Collectors.joining(
                    "\n",
                    "The views folder has %d mistakes, and there is no earlier version:\n"
                        .formatted(mistaken.mistakes().size()),
                    "")));
  }

  /** The pack in force. */
  public ViewPack pack() {
    return pack;
  }

  /** What is wrong with the folder as it is; empty: it is in force. */
  public List<Mistake> mistakes() {
    return mistakes;
  }

  /** Of the pack in force. */
  public List<Mistake> warnings() {
    return warnings;
  }

  /** Looks at the folder; what has changed is taken at the second look that finds it so. */
  public synchronized Refresh refresh() {
    PackFiles files = PackFolderScan.scan(folder);
    String version = files.version();
    boolean settled = version.equals(seen);
    seen = version;
    if (!settled || version.equals(checked)) {
      return new Refresh.Unchanged();
    }
    checked = version;
    return switch (reader.read(files)) {
      case ViewPackReading.Mistaken mistaken -> {
        mistakes = mistaken.mistakes();
        yield new Refresh.Mistaken(mistaken.mistakes());
      }
      case ViewPackReading.Read read -> take(files, read);
    };
  }

  private Refresh take(PackFiles files, ViewPackReading.Read read) {
    boolean same = read.pack().version().equals(pack.version());
    mistakes = List.of();
    if (same) {
      return new Refresh.Mended();
    }
    stored.write(files);
    warnings = read.warnings();
    pack = read.pack();
    return new Refresh.Changed(read.pack());
  }

  /** The version of the pack in force, where the folder is another; for health. */
  public Optional<String> findHeldVersion() {
    return mistakes.isEmpty() ? Optional.empty() : Optional.of(pack.version());
  }
}
