package io.sightglass.engine.views;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.views.files.PackFiles;
import io.sightglass.engine.views.files.PackFolderScan;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The folder of a running service: the pack in force, and what is wrong with the folder meanwhile.
 *
 * <p>A changed folder is taken as a whole or not at all, and only once two looks in a row have
 * found it the same, so that one being written is left alone. With mistakes, or when it cannot be
 * put in force, the last good version stays; it is stored, so that a restart has it too.
 * Thread-safe; {@link #refresh} is called by a clock.
 */
public final class PackFolder {

  /** Puts a pack in force. */
  @FunctionalInterface
  public interface Taking {

    /**
     * Returns once the pack counts.
     *
     * @throws RuntimeException when it cannot, such as for a contract that the stored tables cannot
     *     follow; what counted before then still does
     */
    void take(ViewPack pack);
  }

  /** What a look at the folder came to. */
  public sealed interface Refresh {

    /** As before. */
    record Unchanged() implements Refresh {}

    /** Another pack is in force. */
    record Changed(ViewPack pack) implements Refresh {}

    /** The folder has mistakes that it did not have before; the pack in force stays. */
    record Mistaken(List<Mistake> mistakes) implements Refresh {}

    /** The folder has no mistakes and yet cannot be put in force; the pack in force stays. */
    record Refused(EngineException reason) implements Refresh {}

    /** The folder is again what is in force, without mistakes. */
    record Mended() implements Refresh {}
  }

  private static final Logger LOG = LoggerFactory.getLogger(PackFolder.class);

  private final Path folder;
  private final StoredPack stored;
  private final ViewPackReader reader;
  private final Taking taking;
  private volatile ViewPackReading.Read inForce;
  private volatile List<Mistake> mistakes = List.of();
  private volatile @Nullable EngineException refusal;

  /** What the folder was when it was last checked. */
  private String checked;

  /** What the folder was at the last look. */
  private String seen;

  private PackFolder(
      Path folder,
      StoredPack stored,
      ViewPackReader reader,
      Taking taking,
      String version,
      ViewPackReading.Read inForce) {
    this.folder = folder;
    this.stored = stored;
    this.reader = reader;
    this.taking = taking;
    this.checked = version;
    this.seen = version;
    this.inForce = inForce;
  }

  /**
   * Puts the folder in force, or the last good version where that cannot be.
   *
   * @param store where the last good version is kept; made when it is not there
   * @throws EngineException {@code INVALID_REQUEST} with every mistake, or why the folder cannot be
   *     put in force, when there is nothing to fall back on
   */
  public static PackFolder open(Path folder, Path store, ViewPackReader reader, Taking taking) {
    PackFiles files = PackFolderScan.scan(folder);
    StoredPack stored = new StoredPack(store);
    return switch (reader.read(files)) {
      case ViewPackReading.Read read -> {
        try {
          taking.take(read.pack());
        } catch (RuntimeException e) {
          EngineException refusal = refusal(e);
          ViewPackReading.Read last = lastGood(stored, reader).orElseThrow(() -> refusal);
          taking.take(last.pack());
          PackFolder opened = new PackFolder(folder, stored, reader, taking, files.version(), last);
          opened.refusal = refusal;
          yield opened;
        }
        stored.write(files);
        yield new PackFolder(folder, stored, reader, taking, files.version(), read);
      }
      case ViewPackReading.Mistaken mistaken -> {
        ViewPackReading.Read last = lastGood(stored, reader).orElseThrow(() -> refused(mistaken));
        taking.take(last.pack());
        PackFolder opened = new PackFolder(folder, stored, reader, taking, files.version(), last);
        opened.mistakes = mistaken.mistakes();
        yield opened;
      }
    };
  }

  /**
   * The pack that a service would put in force now; nothing is kept.
   *
   * @param store where the last good version is, if there is one; null: it does not count
   * @param refusing throws for a pack that could not be put in force
   * @throws EngineException as {@link #open}; and why it is not known whether the pack could be put
   *     in force
   */
  public static ViewPack read(
      Path folder, @Nullable Path store, ViewPackReader reader, Taking refusing) {
    return switch (reader.read(PackFolderScan.scan(folder))) {
      case ViewPackReading.Read read -> {
        try {
          refusing.take(read.pack());
          yield read.pack();
        } catch (RuntimeException e) {
          EngineException refusal = refusal(e);
          if (mayPass(refusal)) {
            throw refusal;
          }
          yield lastGood(store, reader).orElseThrow(() -> refusal).pack();
        }
      }
      case ViewPackReading.Mistaken mistaken ->
          lastGood(store, reader).orElseThrow(() -> refused(mistaken)).pack();
    };
  }

  private static Optional<ViewPackReading.Read> lastGood(
      @Nullable Path store, ViewPackReader reader) {
    return store == null ? Optional.empty() : lastGood(new StoredPack(store), reader);
  }

  private static Optional<ViewPackReading.Read> lastGood(StoredPack stored, ViewPackReader reader) {
    return stored
        .find()
        .map(reader::read)
        .filter(ViewPackReading.Read.class::isInstance)
        .map(ViewPackReading.Read.class::cast);
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

  private static EngineException refusal(RuntimeException e) {
    if (e instanceof EngineException known) {
      return known;
    }
    LOG.error("A views folder without mistakes could not be put in force", e);
    return new EngineException(
        ErrorCode.INTERNAL, "The service could not put it in force; its log says why", e);
  }

  /** The pack in force. */
  public ViewPack pack() {
    return inForce.pack();
  }

  /** What is wrong with the folder as it is; empty: it is in force, or refused. */
  public List<Mistake> mistakes() {
    return mistakes;
  }

  /** Why the folder, which has no mistakes, cannot be put in force; empty: it is, or has some. */
  public Optional<EngineException> findRefusal() {
    return Optional.ofNullable(refusal);
  }

  /** Of the pack in force. */
  public List<Mistake> warnings() {
    return inForce.warnings();
  }

  /**
   * Looks at the folder; what has changed is taken at the second look that finds it so. What was
   * refused for a cause that may pass by itself is tried again.
   */
  public synchronized Refresh refresh() {
    PackFiles files = PackFolderScan.scan(folder);
    String version = files.version();
    boolean settled = version.equals(seen);
    seen = version;
    if (!settled || (version.equals(checked) && !mayPass(refusal))) {
      return new Refresh.Unchanged();
    }
    checked = version;
    return switch (reader.read(files)) {
      case ViewPackReading.Mistaken mistaken -> {
        mistakes = mistaken.mistakes();
        refusal = null;
        yield new Refresh.Mistaken(mistaken.mistakes());
      }
      case ViewPackReading.Read read -> take(files, read);
    };
  }

  private static boolean mayPass(@Nullable EngineException refusal) {
    return refusal != null
        && (refusal.code().type() == ErrorCode.Type.UNAVAILABLE
            || refusal.code().type() == ErrorCode.Type.INTERNAL);
  }

  private Refresh take(PackFiles files, ViewPackReading.Read read) {
    boolean same = read.pack().version().equals(inForce.pack().version());
    EngineException reason = same ? null : takenOrRefused(read.pack());
    mistakes = List.of();
    refusal = reason;
    if (same) {
      return new Refresh.Mended();
    }
    if (reason != null) {
      return new Refresh.Refused(reason);
    }
    inForce = read;
    keep(files);
    return new Refresh.Changed(read.pack());
  }

  /** Why it cannot be put in force; null: it is. */
  private @Nullable EngineException takenOrRefused(ViewPack pack) {
    try {
      taking.take(pack);
      return null;
    } catch (RuntimeException e) {
      return refusal(e);
    }
  }

  /** It is in force whether it can be kept or not. */
  private void keep(PackFiles files) {
    try {
      stored.write(files);
    } catch (EngineException e) {
      LOG.error("A restart will not have the views that count now if the folder is broken then", e);
    }
  }
}
