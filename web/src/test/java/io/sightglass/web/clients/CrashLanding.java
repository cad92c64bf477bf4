package io.sightglass.web.clients;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.LocalDate;
import java.util.Map;
import java.util.TreeMap;

/**
 * What is delivered while processes are killed: rounds of files over the pack {@code time}. Half
 * are dumps of some days, which the dumps of the next round replace; a quarter are new notes, a
 * quarter counts of a part of the stock, whose rows take the place of those of the round before.
 */
final class CrashLanding {

  private static final int LINES = 40;
  private static final LocalDate FIRST = LocalDate.of(2026, 1, 1);

  /** Takes a file under a key, as a whole. */
  @FunctionalInterface
  interface Deliver {
    void file(String key, Path content) throws IOException;
  }

  private final Path folder;
  private final Deliver deliver;
  private final int days;

  /** Rounds of two files for each of {@code days}. */
  CrashLanding(Path folder, Deliver deliver, int days) {
    this.folder = folder;
    this.deliver = deliver;
    this.days = days;
  }

  /** How many files a round has. */
  int files() {
    return 2 * days;
  }

  /** Into a folder, each with a rename. */
  static Deliver into(Path landing) {
    return (key, content) -> {
      Path target = landing.resolve(key);
      Files.createDirectories(target.getParent());
      Files.move(content, target, StandardCopyOption.ATOMIC_MOVE);
    };
  }

  void deliver(int round) throws IOException {
    for (int index = 0; index < days; index++) {
      LocalDate day = FIRST.plusDays(index);
      StringBuilder sales = new StringBuilder("id,day,office,version,buyer\n");
      for (int row = 0; row < sales(day.toString(), round); row++) {
        sales.append(
            "%d,%s,north,%d,\"Buyer %d\"\n".formatted(index * 1000 + row, day, round, row));
      }
      deliver("sales/sales_%s.csv".formatted(day), sales);
      if (index % 2 == 0) {
        deliverNote(round, index);
      } else {
        deliverStock(round, index);
      }
    }
  }

  private void deliverNote(int round, int index) throws IOException {
    StringBuilder note = new StringBuilder("line,text\n");
    for (int row = 0; row < LINES; row++) {
      note.append("%d,%s\n".formatted(row, note(round, index)));
    }
    deliver("notes/notes_%d_%02d.csv".formatted(round, index), note);
  }

  private void deliverStock(int round, int index) throws IOException {
    StringBuilder stock = new StringBuilder("id,version,keeper\n");
    for (int row = 0; row < LINES; row++) {
      stock.append("%d,%d,Keeper %d\n".formatted(index * 1000 + row, round, row));
    }
    deliver("stock/stock_%d_%02d.csv".formatted(round, index), stock);
  }

  private void deliver(String key, StringBuilder text) throws IOException {
    deliver.file(key, Files.writeString(Files.createTempFile(folder, "delivery", ""), text));
  }

  private static String note(int round, int index) {
    return "note %d of round %d".formatted(index, round);
  }

  /** How many sales a day has in a round. */
  static int sales(String day, int round) {
    return 20 + Math.floorMod(day.hashCode() * 31 + round * 17, 60);
  }

  /** How many lines a note has, and a part of the stock, whichever. */
  static int lines() {
    return LINES;
  }

  /** How many sales there are once a round is loaded. */
  Map<String, Integer> salesOf(int round) {
    Map<String, Integer> sales = new TreeMap<>();
    for (int index = 0; index < days; index++) {
      String day = FIRST.plusDays(index).toString();
      sales.put(day, sales(day, round));
    }
    return sales;
  }

  /** How many notes there are once rounds up to this are loaded. */
  int notesOf(int round) {
    return round * (days - parts());
  }

  /** How many parts the stock has once a round is loaded. */
  int parts() {
    return days / 2;
  }
}
