package io.sightglass.engine.database;

import io.sightglass.engine.EngineException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What this process alone may work on, among those that share a database. Thread-safe; one per
 * process.
 *
 * <p>A process gives signs of life. What it holds is free for others once its last sign is too old,
 * by the database's clock alone, or when a process of the same name begins: that is itself after a
 * crash, and it waits for nobody. An embedded database has one process, whose leases do not age.
 *
 * <p>A process that was taken for dead and is not may still be at its work: whoever is about to
 * make something visible asks {@link Lease#isHeld} after having looked at what it will change.
 */
public final class Leases implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Leases.class);

  /** What the names of those begin with that serve nothing. */
  private static final String BESIDE = "beside-";

  private static final int HOLDER_BYTES = 10;

  /** Signs of life, and looks at those of others, within the time after which work moves on. */
  private static final int LOOKS = 12;

  /** Of those, how many may fail; a look by another and the begin of the work need the rest. */
  private static final int MISSED = 9;

  /** After which a replica that never came back is forgotten. */
  private static final Duration FORGOTTEN_AFTER = Duration.ofDays(7);

  private final MetadataDatabase database;
  private final String name;
  private final String holder;
  private final Duration every;
  private final Duration life;
  private final Set<String> inUse = ConcurrentHashMap.newKeySet();
  private volatile Instant startedAt = Instant.EPOCH;
  private @Nullable ScheduledExecutorService heart;

  private Leases(MetadataDatabase database, String name, Duration movesOn) {
    this.database = database;
    this.name = name;
    this.every = movesOn.dividedBy(LOOKS);
    this.life = every.multipliedBy(MISSED);
    byte[] random = new byte[HOLDER_BYTES];
    new SecureRandom().nextBytes(random);
    this.holder = HexFormat.of().formatHex(random);
  }

  /**
   * Signs on, and goes on giving signs of life until closed. What an earlier process of that name
   * held is free from now on.
   *
   * @param name of this process, the same after a restart
   * @param movesOn the longest time after its last sign of life until another has taken over
   * @throws EngineException {@code STORE_UNAVAILABLE}
   */
  public static Leases open(MetadataDatabase database, String name, Duration movesOn) {
    Leases leases = new Leases(database, name, movesOn);
    leases.signOn();
    if (!database.isEmbedded()) {
      leases.start();
    }
    return leases;
  }

  /**
   * As {@link #open}, for a process beside those that serve or load, under a name that is never
   * used again.
   */
  public static Leases openBeside(MetadataDatabase database, Duration movesOn) {
    return open(database, BESIDE + UUID.randomUUID(), movesOn);
  }

  private void signOn() {
    database.inTransaction(transaction -> {
      Instant now = database.now(transaction);
      startedAt = now;
      transaction.update(
          "DELETE FROM replica WHERE seen_at < ? AND name LIKE ?",
          now.minus(FORGOTTEN_AFTER),
          // The process of an embedded database gives no signs of life.
          database.isEmbedded() ? BESIDE + "%" : "%");
      return transaction.update(
          """
          INSERT INTO replica (name, holder, seen_at, started_at) VALUES (?, ?, ?, ?)
          ON CONFLICT (name) DO UPDATE
          SET holder = excluded.holder, seen_at = excluded.seen_at, started_at = excluded.started_at\
          """,
          name,
          holder,
          now,
          now);
    });
  }

  private void start() {
    ScheduledExecutorService beating =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("sign-of-life").daemon().factory());
    heart = beating;
    long millis = Math.max(1, every.toMillis());
    var _ = beating.scheduleWithFixedDelay(this::beat, millis, millis, TimeUnit.MILLISECONDS);
  }

  private void beat() {
    try {
      if (!signOfLife()) {
        LOG.error(
            "Another process runs as replica {}; this one loads nothing any more. Is its data"
                + " folder a copy? Remove the file `replica` from the copy, and restart it",
            name);
        if (heart != null) {
          heart.shutdown();
        }
      }
    } catch (RuntimeException e) {
      // Thrown on, it would be the last one.
      LOG.warn("No sign of life could be given; others take over when the next ones fail too", e);
    }
  }

  /** False when another process goes by this one's name. */
  private boolean signOfLife() {
    return database.inTransaction(transaction -> {
      Instant now = database.now(transaction);
      return transaction.update(
                  "UPDATE replica SET seen_at = ? WHERE name = ? AND holder = ?", now, name, holder)
              == 1
          || transaction.update(
                  "INSERT INTO replica (name, holder, seen_at, started_at) VALUES (?, ?, ?, ?)"
                      + " ON CONFLICT DO NOTHING",
                  name,
                  holder,
                  now,
                  startedAt)
              == 1;
    });
  }

  /** The name of this run of the process, never used again. */
  public String holder() {
    return holder;
  }

  /** The database that the leases are in. */
  public MetadataDatabase database() {
    return database;
  }

  /** How often to look for what others have left. */
  public Duration lookEvery() {
    return every;
  }

  /** The runs of processes that are alive, this one among them. */
  public Set<String> living() {
    Set<String> living =
        database.read(transaction ->
            Set.copyOf(
                transaction.list(
                    "SELECT holder FROM replica WHERE seen_at > ?",
                    row -> row.text("holder"),
                    oldest(transaction))));
    return Stream.concat(living.stream(), Stream.of(holder)).collect(Collectors.toSet());
  }

  /** The run of a process that has the name, alive or not. */
  public Optional<String> holderOf(String of) {
    return database.read(transaction ->
        transaction.find(
            "SELECT holder FROM replica WHERE name = ?", row -> row.text("holder"), of));
  }

  /** Forgets a run of a process that is known to have ended; what it held is free. */
  public void forget(String ended) {
    database.inTransaction(transaction -> {
      transaction.update("DELETE FROM lease WHERE holder = ?", ended);
      return transaction.update("DELETE FROM replica WHERE holder = ?", ended);
    });
  }

  /**
   * When the first of all processes began that may still be at work, this one among them, by the
   * database's clock: what was begun before is nobody's any longer. One that gives no sign of life
   * counts until it has been forgotten or another has its name, as it may be slow and not dead.
   */
  public Instant earliestStart() {
    return database.read(transaction ->
        transaction
            .list(
                "SELECT COALESCE(started_at, 0) AS started_at FROM replica",
                row -> row.instant("started_at"))
            .stream()
            .min(Instant::compareTo)
            .orElse(startedAt));
  }

  /** The oldest last sign of life of a process that is alive. */
  private Instant oldest(Transaction transaction) {
    return database.isEmbedded() ? Instant.EPOCH : database.now(transaction).minus(life);
  }

  /** What living processes work on now, this one among them. */
  public Set<String> taken() {
    Set<String> taken =
        database.read(transaction ->
            Set.copyOf(
                transaction.list(
                    """
                    SELECT what FROM lease WHERE holder <> ?
                      AND holder IN (SELECT holder FROM replica WHERE seen_at > ?)\
                    """,
                    row -> row.text("what"),
                    holder,
                    oldest(transaction))));
    return Stream.concat(taken.stream(), inUse.stream()).collect(Collectors.toSet());
  }

  /**
   * Takes {@code what} for this process. The caller closes the lease.
   *
   * @return empty while somebody alive has it, in this process or another
   * @throws EngineException {@code STORE_UNAVAILABLE}
   */
  public Optional<Lease> tryTake(String what) {
    if (!inUse.add(what)) {
      return Optional.empty();
    }
    boolean isTaken = false;
    try {
      isTaken = database.inTransaction(transaction -> take(transaction, what));
      return isTaken ? Optional.of(new Lease(what)) : Optional.empty();
    } finally {
      if (!isTaken) {
        inUse.remove(what);
      }
    }
  }

  private boolean take(Transaction transaction, String what) {
    List<String> self =
        transaction.list(
            "SELECT holder FROM replica WHERE name = ?", row -> row.text("holder"), name);
    if (!self.contains(holder)) {
      return false; // another goes by this name
    }
    Instant now = database.now(transaction);
    return transaction.update(
                "INSERT INTO lease (what, holder, taken_at) VALUES (?, ?, ?)"
                    + " ON CONFLICT DO NOTHING",
                what,
                holder,
                now)
            == 1
        || transaction.update(
                """
                UPDATE lease SET holder = ?, taken_at = ? WHERE what = ? AND (holder = ?
                  OR holder NOT IN (SELECT holder FROM replica WHERE seen_at > ?))\
                """,
                holder,
                now,
                what,
                holder,
                oldest(transaction))
            == 1;
  }

  /** Something that this process alone works on, until closed or until it is taken for dead. */
  public final class Lease implements AutoCloseable {

    private final String what;

    private Lease(String what) {
      this.what = what;
    }

    /** Whether it still is this process's. */
    public boolean isHeld() {
      return database
          .read(transaction ->
              transaction.find(
                  "SELECT what FROM lease WHERE what = ? AND holder = ?",
                  row -> row.text("what"),
                  what,
                  holder))
          .isPresent();
    }

    /** Lets it go. When the database is away, this process still may take it again. */
    @Override
    public void close() {
      try {
        database.inTransaction(transaction ->
            transaction.update("DELETE FROM lease WHERE what = ? AND holder = ?", what, holder));
      } catch (EngineException e) {
        LOG.warn("A lease was not given back; this process alone can take it again", e);
      } finally {
        inUse.remove(what);
      }
    }
  }

  /** Signs off: what is left is free at once. */
  @Override
  public void close() {
    if (heart != null) {
      heart.shutdownNow();
    }
    try {
      database.inTransaction(transaction -> {
        transaction.update("DELETE FROM lease WHERE holder = ?", holder);
        return transaction.update(
            "DELETE FROM replica WHERE name = ? AND holder = ?", name, holder);
      });
    } catch (EngineException e) {
      LOG.warn("Not signed off; others wait until the last sign of life is too old", e);
    }
  }
}
