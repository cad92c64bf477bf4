package io.sightglass.engine.ingest.scan;

import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.ingest.landing.LoadSource;
import io.sightglass.engine.ingest.landing.Placements;
import io.sightglass.engine.ingest.landing.SourcePath;
import io.sightglass.engine.ingest.ledger.Ledger;
import io.sightglass.engine.ingest.ledger.LedgerEntry;
import io.sightglass.engine.ingest.ledger.Load;
import io.sightglass.engine.storage.ObjectStore;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

/** Looks through the landing store for objects that the ledger does not know yet. Immutable. */
public final class LandingScan {

  /** Younger objects may still be written. */
  static final Duration SETTLED_AFTER = Duration.ofSeconds(10);

  /** Tells apart what two processes find in one microsecond. */
  private static final int RANDOM_DIGITS = 5;

  private static final SecureRandom RANDOM = new SecureRandom();
  private static final AtomicLong LAST = new AtomicLong();

  private final ObjectStore landing;
  private final Ledger ledger;

  /**
   * What a look has found.
   *
   * @param hasYoung when objects were left for another look soon
   * @param unreal objects that nobody loads, since their names say days that do not exist: by day
   */
  record Found(List<LedgerEntry> entries, boolean hasYoung, Map<String, String> unreal) {}

  public LandingScan(ObjectStore landing, Ledger ledger) {
    this.landing = landing;
    this.ledger = ledger;
  }

  /**
   * The new objects of one dataset, not yet in the ledger.
   *
   * @param onlySettled whether to leave young objects for another look
   */
  Found look(Dataset dataset, boolean onlySettled, Instant now) {
    Map<String, LoadSource> known = new HashMap<>();
    ledger.newestDeliveries(dataset.name()).forEach(source -> known.put(source.name(), source));
    List<LedgerEntry> found = new ArrayList<>();
    boolean hasYoung = false;
    Listing listing = list(dataset);
    for (Candidate candidate : listing.candidates()) {
      if (isKnown(candidate.object(), known)) {
        continue;
      }
      boolean isYoung = candidate.object().lastModified().isAfter(now.minus(SETTLED_AFTER));
      if (onlySettled && isYoung) {
        hasYoung = true;
      } else {
        found.add(entry(dataset, candidate, now));
      }
    }
    return new Found(found, hasYoung, listing.unreal());
  }

  /** Everything that lies there for the dates, known or not, to be loaded again. */
  public List<LedgerEntry> again(Dataset dataset, LocalDate from, LocalDate to, Instant now) {
    return again(
        dataset,
        list(dataset).candidates().stream()
            .map(candidate -> entry(dataset, candidate, now))
            .filter(entry -> !entry.load().fileDate().isBefore(from))
            .filter(entry -> !entry.load().fileDate().isAfter(to)));
  }

  /** The objects of these names, as they lie there, to be loaded again. */
  public List<LedgerEntry> again(Dataset dataset, Set<String> names, Instant now) {
    return again(
        dataset,
        list(dataset).candidates().stream()
            .filter(candidate -> names.contains(candidate.object().key()))
            .map(candidate -> entry(dataset, candidate, now)));
  }

  /** What somebody has let in of an object stays let in. */
  private List<LedgerEntry> again(Dataset dataset, Stream<LedgerEntry> entries) {
    Map<String, LedgerEntry> letIn = new HashMap<>();
    ledger.letIn(dataset.name()).forEach(entry -> letIn.put(entry.load().source().name(), entry));
    return entries
        .map(entry -> {
          LoadSource source = entry.load().source();
          LedgerEntry known = letIn.get(source.name());
          return entry.toLoadAgain(
              known != null && known.load().source().isSameObject(source)
                  ? known.accepted()
                  : Set.of());
        })
        .toList();
  }

  private record Candidate(
      int sourceNumber, SourcePath.Match match, ObjectStore.StoredObject object) {}

  /** What lies there of a dataset, by key; {@code unreal} as in {@link Found}. */
  private record Listing(List<Candidate> candidates, Map<String, String> unreal) {}

  private Listing list(Dataset dataset) {
    Placements placements = new Placements(dataset);
    Map<String, Candidate> byKey = new TreeMap<>();
    Map<String, String> unreal = new TreeMap<>();
    for (int number = 0; number < dataset.sources().size(); number++) {
      SourcePath path = new SourcePath(dataset.sources().get(number).path());
      int source = number;
      try (Stream<ObjectStore.StoredObject> objects = landing.list(path.prefix())) {
        objects
            .filter(object -> !placements.isCompanion(object.key()))
            .forEach(object -> {
              path.match(object.key())
                  .ifPresent(match ->
                      byKey.putIfAbsent(object.key(), new Candidate(source, match, object)));
              path.findUnreal(object.key()).ifPresent(day -> unreal.put(object.key(), day));
            });
      }
    }
    unreal.keySet().removeAll(byKey.keySet());
    Map<String, String> byDay = new TreeMap<>();
    unreal.forEach((key, day) -> byDay.putIfAbsent(day, key));
    return new Listing(List.copyOf(byKey.values()), byDay);
  }

  /** Instants compare as the ledger keeps them. */
  private static boolean isKnown(ObjectStore.StoredObject object, Map<String, LoadSource> known) {
    LoadSource source = known.get(object.key());
    return source != null
        && source.etag().equals(object.etag())
        && Objects.equals(source.version(), object.version())
        && source.size() == object.size()
        && source.lastModified().equals(micros(object.lastModified()));
  }

  private static Instant micros(Instant instant) {
    return instant.truncatedTo(ChronoUnit.MICROS);
  }

  private static LedgerEntry entry(Dataset dataset, Candidate candidate, Instant now) {
    ObjectStore.StoredObject object = candidate.object();
    Instant arrived = micros(object.lastModified());
    Placements.Placement place =
        Placements.of(dataset, candidate.sourceNumber(), candidate.match(), arrived);
    LoadSource source =
        new LoadSource(object.key(), object.etag(), object.version(), object.size(), arrived, null);
    Load load =
        new Load(
            newId(now),
            dataset.name(),
            source,
            place.date(),
            Load.State.FOUND,
            null,
            null,
            List.of(),
            null,
            null,
            micros(now),
            null,
            null,
            List.of());
    return new LedgerEntry(
        load, place.sourceNumber(), place.slot(), false, Set.of(), null, null, null);
  }

  /**
   * Grows with time and never repeats, so that ids are in the order in which objects were found.
   */
  private static String newId(Instant now) {
    long micros = now.getEpochSecond() * 1_000_000 + now.getNano() / 1_000;
    long number = LAST.updateAndGet(last -> Math.max(last + 1, micros));
    StringBuilder id = new StringBuilder(Long.toString(number, 36));
    for (int index = 0; index < RANDOM_DIGITS; index++) {
      id.append(Character.forDigit(RANDOM.nextInt(36), 36));
    }
    return id.toString();
  }
}
