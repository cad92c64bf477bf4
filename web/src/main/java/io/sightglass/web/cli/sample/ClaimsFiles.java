package io.sightglass.web.cli.sample;

import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;

/** The daily dumps {@code benefits/claims/claims_<date>.csv.gz}. Thread-safe: a file a call. */
final class ClaimsFiles {

  static final String DATASET = "benefits.claims";

  private static final String FOLDER = "benefits/claims/";

  private final SampleData.Options options;
  private final Claim.World world;
  private final OutputFiles files;

  ClaimsFiles(SampleData.Options options, Claim.World world, OutputFiles files) {
    this.options = options;
    this.world = world;
    this.files = files;
  }

  /**
   * One day's dump.
   *
   * @param absent the claims of the day, by place, of which a load lets no row in
   */
  record Day(List<Manifest.Entry> entries, BitSet absent) {}

  /**
   * Writes a day's dump; on some days of dirty data once more, cut off: a load must quarantine that
   * one and keep the whole one, in whichever order it meets them.
   */
  Day write(Delivery delivery) throws IOException {
    DumpStyle style = DumpStyle.of(delivery, options);
    List<Manifest.Entry> entries = new ArrayList<>();
    ClaimsDump whole = dump(delivery, style);
    String name = FOLDER + "claims_" + delivery.date();
    files.write(name + ".csv.gz", whole::write);
    entries.add(
        new Manifest.Entry(DATASET, name + ".csv.gz", null, whole.counts(), whole.rejectedBy()));
    if (style.cutOffAgain() && delivery.claims() > 1) {
      ClaimsDump part = dump(delivery, style);
      String again = name + "_2.csv.gz";
      files.write(again, out -> part.writeCutOff(out, delivery.claims() * 3 / 5));
      entries.add(new Manifest.Entry(DATASET, again, "CUT_OFF", Manifest.Counts.NONE, Map.of()));
    }
    return new Day(entries, whole.absent());
  }

  /** What {@link #write} would say of the day, without a file. */
  Day imagine(Delivery delivery) throws IOException {
    if (options.dirty() == 0) {
      return new Day(List.of(), new BitSet());
    }
    ClaimsDump dump = dump(delivery, DumpStyle.of(delivery, options));
    dump.write(OutputStream.nullOutputStream());
    return new Day(List.of(), dump.absent());
  }

  private ClaimsDump dump(Delivery delivery, DumpStyle style) {
    return new ClaimsDump(delivery, style, world, options.dirty());
  }
}
