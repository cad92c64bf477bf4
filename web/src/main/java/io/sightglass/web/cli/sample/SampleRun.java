package io.sightglass.web.cli.sample;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;

/** One run of the generator. For one use; close it to let its threads go. */
final class SampleRun implements AutoCloseable {

  private static final int DAYS_TO_LAST_DECISION = 45;

  private final SampleData.Options options;
  private final LongConsumer progress;
  private final OutputFiles files;
  private final Claim.World world;
  private final ExecutorService threads =
      Executors.newFixedThreadPool(Runtime.getRuntime().availableProcessors());
  private final AtomicLong written = new AtomicLong();

  SampleRun(SampleData.Options options, LongConsumer progress) {
    this.options = options;
    this.progress = progress;
    this.files = new OutputFiles(options.out());
    Instant writtenAt =
        Delivery.LAST_DAY
            .plusDays(DAYS_TO_LAST_DECISION)
            .atTime(LocalTime.of(4, 30))
            .toInstant(ZoneOffset.UTC);
    this.world = new Claim.World(options.seed(), Math.max(1, options.rows() * 4 / 5), writtenAt);
  }

  Manifest write() {
    List<Manifest.Entry> entries = new ArrayList<>();
    boolean events = options.wants(ContentionFiles.DATASET);
    if (options.wants(ClaimsFiles.DATASET) || events || options.wants(MergeJobFiles.DATASET)) {
      List<Delivery> deliveries = Delivery.plan(options);
      List<ClaimsFiles.Day> days = claims(deliveries);
      days.forEach(day -> entries.addAll(day.entries()));
      List<BitSet> absent = days.stream().map(ClaimsFiles.Day::absent).toList();
      LoadedClaims claims = new LoadedClaims(world, deliveries, absent);
      if (events) {
        entries.addAll(contentions(claims));
      }
      if (options.wants(MergeJobFiles.DATASET)) {
        entries.addAll(all(List.of(new MergeJobFiles(options, claims, files)::write)));
      }
    }
    List<Callable<List<Manifest.Entry>>> others = new ArrayList<>();
    add(others, LpaFiles.DATASET, new LpaFiles(options, files)::write);
    add(others, FeedbackFiles.DATASET, new FeedbackFiles(options, files)::write);
    add(others, ChannelFiles.DATASET, new ChannelFiles(options, files)::write);
    add(others, TenureFiles.DATASET, new TenureFiles(options, files)::write);
    entries.addAll(all(others));
    return new Manifest(entries);
  }

  private void add(
      List<Callable<List<Manifest.Entry>>> tasks,
      String dataset,
      Callable<List<Manifest.Entry>> task) {
    if (options.wants(dataset)) {
      tasks.add(task);
    }
  }

  private List<ClaimsFiles.Day> claims(List<Delivery> deliveries) {
    ClaimsFiles dumps = new ClaimsFiles(options, world, files);
    boolean wanted = options.wants(ClaimsFiles.DATASET);
    List<Callable<ClaimsFiles.Day>> days = new ArrayList<>();
    for (Delivery delivery : deliveries) {
      days.add(() -> {
        ClaimsFiles.Day day = wanted ? dumps.write(delivery) : dumps.imagine(delivery);
        synchronized (written) {
          progress.accept(written.addAndGet(delivery.claims()));
        }
        return day;
      });
    }
    return run(days);
  }

  private List<Manifest.Entry> contentions(LoadedClaims claims) {
    List<Callable<EventArrivals>> stories = new ArrayList<>();
    for (Delivery delivery : claims.deliveries()) {
      stories.add(() -> {
        EventArrivals ofDay = new EventArrivals(claims, options.dirty() > 0);
        ofDay.add(delivery);
        return ofDay;
      });
    }
    EventArrivals arrivals = new EventArrivals(claims, options.dirty() > 0);
    run(stories).forEach(arrivals::addAll);
    ContentionFiles events = new ContentionFiles(options, claims, arrivals, files);
    List<Callable<List<Manifest.Entry>>> days = new ArrayList<>();
    for (LocalDate day : arrivals.days()) {
      days.add(() -> events.write(day));
    }
    return all(days);
  }

  private List<Manifest.Entry> all(List<Callable<List<Manifest.Entry>>> tasks) {
    return run(tasks).stream()
        .flatMap(List::stream)
        .sorted(Comparator.comparing(Manifest.Entry::name))
        .toList();
  }

  private <T> List<T> run(List<? extends Callable<T>> tasks) {
    try {
      List<T> results = new ArrayList<>();
      for (Future<T> task : threads.invokeAll(tasks)) {
        results.add(task.get());
      }
      return results;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while files were written", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException cause) {
        throw new UncheckedIOException(cause);
      }
      if (e.getCause() instanceof UncheckedIOException cause) {
        throw cause;
      }
      throw new IllegalStateException(e.getCause());
    }
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
