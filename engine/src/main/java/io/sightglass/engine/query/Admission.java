package io.sightglass.engine.query;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.access.Limits;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Who may run now and who waits: first in, first out per role, the roles in turn. Thread-safe.
 *
 * <p>A statement runs when its user has a place left, the service has one, and the memory reserved
 * for all that run on its engine stays within what that engine has.
 */
public final class Admission {

  /** An engine whose memory is reserved. */
  public enum Engine {
    ORDINARY,
    VAULT
  }

  /**
   * What the service as a whole can take.
   *
   * @param running statements that run at once
   * @param queued statements that wait at once
   * @param memoryBytes of each engine
   */
  public record Capacity(int running, int queued, long memoryBytes) {}

  private static final Duration TRY_AGAIN = Duration.ofSeconds(1);

  private final Capacity capacity;
  private final Map<String, Deque<Ticket>> queues = new LinkedHashMap<>();
  private final Map<String, int[]> byUser = new HashMap<>();
  private final Map<Engine, Long> reserved = new HashMap<>();
  private int running;
  private int queued;

  public Admission(Capacity capacity) {
    this.capacity = capacity;
  }

  public Capacity capacity() {
    return capacity;
  }

  /** One statement's place, waiting or running. */
  public final class Ticket {
    private final String user;
    private final String role;
    private final Engine engine;
    private final Limits limits;
    private final long memory;
    private final Consumer<Ticket> onAdmitted;
    private boolean waiting;
    private boolean holding;

    private Ticket(
        String user, String role, Engine engine, Limits limits, Consumer<Ticket> onAdmitted) {
      this.user = user;
      this.role = role;
      this.engine = engine;
      this.limits = limits;
      this.memory = Math.min(limits.memoryBytes(), capacity.memoryBytes());
      this.onAdmitted = onAdmitted;
    }

    /** Leaves the queue, or gives back the place. Idempotent. */
    public void leave() {
      List<Ticket> admitted;
      synchronized (Admission.this) {
        if (waiting) {
          waiting = false;
          queued--;
          count(user)[1]--;
          queue(role).remove(this);
        } else if (holding) {
          holding = false;
          running--;
          count(user)[0]--;
          reserved.merge(engine, -memory, Long::sum);
        } else {
          return;
        }
        forgetUser(user);
        admitted = admitWaiting();
      }
      admitted.forEach(ticket -> ticket.onAdmitted.accept(ticket));
    }
  }

  /**
   * Asks for a place.
   *
   * @param role whose queue it waits in
   * @param onAdmitted called once it may run: here, before this returns, when there is a place now,
   *     else later on a thread that gives one back; must not block
   * @throws EngineException {@code TOO_MANY_STATEMENTS} for this user, {@code OVERLOADED} for all
   */
  public Ticket enter(
      String user, String role, Engine engine, Limits limits, Consumer<Ticket> onAdmitted) {
    Ticket ticket = new Ticket(user, role, engine, limits, onAdmitted);
    boolean atOnce;
    synchronized (this) {
      atOnce = queue(role).isEmpty() && fits(ticket);
      if (atOnce) {
        take(ticket);
      } else {
        refuseExcess(ticket);
        ticket.waiting = true;
        queued++;
        count(user)[1]++;
        queue(role).add(ticket);
      }
    }
    if (atOnce) {
      onAdmitted.accept(ticket);
    }
    return ticket;
  }

  /** Throws {@code MISSING_PERMISSION} for a caller none of whose roles may run a statement. */
  static void requireAny(Limits limits) {
    if (limits.concurrent() == 0) {
      throw new EngineException(
          ErrorCode.MISSING_PERMISSION, "None of your roles may run statements");
    }
  }

  private void refuseExcess(Ticket ticket) {
    try {
      requireAny(ticket.limits);
      if (count(ticket.user)[1] >= ticket.limits.queued()) {
        throw new EngineException(
                ErrorCode.TOO_MANY_STATEMENTS,
                "%d of your statements run and %d wait; allowed: %d and %d"
                    .formatted(
                        count(ticket.user)[0],
                        count(ticket.user)[1],
                        ticket.limits.concurrent(),
                        ticket.limits.queued()))
            .retryAfter(TRY_AGAIN);
      }
      if (queued >= capacity.queued()) {
        throw new EngineException(
                ErrorCode.OVERLOADED,
                "%d statements wait; allowed: %d".formatted(queued, capacity.queued()))
            .retryAfter(TRY_AGAIN);
      }
    } finally {
      forgetUser(ticket.user);
    }
  }

  private boolean fits(Ticket ticket) {
    return running < capacity.running() && hasUserPlace(ticket) && hasMemory(ticket);
  }

  private boolean hasUserPlace(Ticket ticket) {
    int @Nullable [] counts = byUser.get(ticket.user);
    return (counts == null ? 0 : counts[0]) < ticket.limits.concurrent();
  }

  private boolean hasMemory(Ticket ticket) {
    return reserved.getOrDefault(ticket.engine, 0L) + ticket.memory <= capacity.memoryBytes();
  }

  private void take(Ticket ticket) {
    ticket.holding = true;
    running++;
    count(ticket.user)[0]++;
    reserved.merge(ticket.engine, ticket.memory, Long::sum);
  }

  /** One from each role in turn, until nobody more fits. */
  private List<Ticket> admitWaiting() {
    List<Ticket> admitted = new ArrayList<>();
    boolean progress = true;
    while (progress && running < capacity.running() && queued > 0) {
      progress = false;
      for (String role : List.copyOf(queues.keySet())) {
        @Nullable Ticket next = takeFirst(queue(role));
        if (next != null) {
          progress = true;
          admitted.add(next);
          // Behind the others, so that each role has its turn.
          Deque<Ticket> queue = queue(role);
          queues.remove(role);
          queues.put(role, queue);
        }
      }
      queues.values().removeIf(Deque::isEmpty);
    }
    return admitted;
  }

  /**
   * A user who has all his places lets others of his role pass; who waits for memory lets nobody,
   * or a large statement would wait for ever.
   */
  private @Nullable Ticket takeFirst(Deque<Ticket> queue) {
    for (Iterator<Ticket> waiting = queue.iterator(); waiting.hasNext(); ) {
      Ticket ticket = waiting.next();
      if (!hasUserPlace(ticket)) {
        continue;
      }
      if (running >= capacity.running() || !hasMemory(ticket)) {
        return null;
      }
      waiting.remove();
      ticket.waiting = false;
      queued--;
      count(ticket.user)[1]--;
      take(ticket);
      return ticket;
    }
    return null;
  }

  private Deque<Ticket> queue(String role) {
    return queues.computeIfAbsent(role, absent -> new ArrayDeque<>());
  }

  private int[] count(String user) {
    return byUser.computeIfAbsent(user, absent -> new int[2]);
  }

  private void forgetUser(String user) {
    int @Nullable [] counts = byUser.get(user);
    if (counts != null && counts[0] == 0 && counts[1] == 0) {
      byUser.remove(user);
    }
  }

  /** How many statements run now. */
  public synchronized int running() {
    return running;
  }

  /** How many statements wait now. */
  public synchronized int queued() {
    return queued;
  }

  /** Bytes of memory that are reserved now, of all engines together. */
  public synchronized long reservedBytes() {
    return reserved.values().stream().mapToLong(Long::longValue).sum();
  }

  /** How many statements of {@code user} run and wait. */
  public synchronized int[] used(String user) {
    return byUser.getOrDefault(user, new int[2]).clone();
  }
}
