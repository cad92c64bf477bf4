package io.sightglass.web.cli.sample;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;

/** The daily dumps {@code benefits/claims/claims_<date>.csv.gz}. Thread-safe: a file a call. */
final class ClaimsFiles {

  static final String DATASET = "benefits.claims";

  private static final String FOLDER = "benefits/claims/";
  private static final int DAYS_TO_LAST_DECISION = 45;
  private static final int BUFFER_BYTES = 1 << 16;
  private static final int GZIP_LEVEL = 4;

  private final SampleData.Options options;
  private final Claim.World world;

  ClaimsFiles(SampleData.Options options) {
    this.options = options;
    Instant writtenAt =
        Delivery.LAST_DAY
            .plusDays(DAYS_TO_LAST_DECISION)
            .atTime(LocalTime.of(4, 30))
            .toInstant(ZoneOffset.UTC);
    this.world = new Claim.World(options.seed(), Math.max(1, options.rows() * 4 / 5), writtenAt);
  }

  /**
   * Writes a day's dump; on some days of dirty data once more, cut off: a load must quarantine that
   * one and keep the whole one, in whichever order it meets them.
   */
  List<Manifest.Entry> write(Delivery delivery) throws IOException {
    DumpStyle style = DumpStyle.of(delivery, options);
    List<Manifest.Entry> entries = new ArrayList<>();
    ClaimsDump whole = new ClaimsDump(delivery, style, world, options.dirty());
    String name = FOLDER + "claims_" + delivery.date();
    write(name + ".csv.gz", whole::write);
    entries.add(
        new Manifest.Entry(DATASET, name + ".csv.gz", null, whole.counts(), whole.rejectedBy()));
    if (style.cutOffAgain() && delivery.claims() > 1) {
      ClaimsDump part = new ClaimsDump(delivery, style, world, options.dirty());
      String again = name + "_2.csv.gz";
      write(again, out -> part.writeCutOff(out, delivery.claims() * 3 / 5));
      entries.add(new Manifest.Entry(DATASET, again, "CUT_OFF", Manifest.Counts.NONE, Map.of()));
    }
    return entries;
  }

  private void write(String name, Content content) throws IOException {
    Path file = options.out().resolve(name);
    Path unfinished = file.resolveSibling("." + file.getFileName() + ".unfinished");
    Files.createDirectories(options.out().resolve(FOLDER));
    try (OutputStream out = new Gzip(Files.newOutputStream(unfinished))) {
      content.write(out);
    }
    Files.move(
        unfinished, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  private interface Content {
    void write(OutputStream out) throws IOException;
  }

  /**
   * A gzip stream without a time or a name in its header, at a level that keeps up with the rest.
   */
  private static final class Gzip extends GZIPOutputStream {
    Gzip(OutputStream out) throws IOException {
      super(out, BUFFER_BYTES);
      def.setLevel(GZIP_LEVEL);
    }
  }
}
