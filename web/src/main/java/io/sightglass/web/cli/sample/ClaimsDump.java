package io.sightglass.web.cli.sample;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.BitSet;
import java.util.Map;
import java.util.TreeMap;

/** The lines of one day's dump. For one use; not thread-safe. */
final class ClaimsDump {

  private static final double DRAFTS = 0.004;
  private static final double DOUBLED = 0.003;
  private static final int CHUNK_CHARS = 1 << 16;

  private final Delivery delivery;
  private final DumpStyle style;
  private final Claim.World world;
  private final boolean dirty;
  private final boolean headerInTheMiddle;
  private final SampleRandom random;
  private final StringBuilder lines = new StringBuilder(CHUNK_CHARS * 2);
  private final Map<String, Integer> rejectedBy = new TreeMap<>();
  private final BitSet absent = new BitSet();
  private long duplicate;
  private long filtered;
  private int brokenLeft;

  ClaimsDump(Delivery delivery, DumpStyle style, Claim.World world, double dirty) {
    this.delivery = delivery;
    this.style = style;
    this.world = world;
    this.dirty = dirty > 0;
    int broken = (int) (delivery.claims() * dirty);
    this.headerInTheMiddle = style.headerInTheMiddle() && broken > 0;
    this.brokenLeft = headerInTheMiddle ? broken - 1 : broken;
    this.random =
        SampleRandom.of(world.seed(), SampleRandom.Stream.DIRT, delivery.date().toEpochDay());
  }

  /** Writes the whole day. */
  void write(OutputStream out) throws IOException {
    write(out, delivery.claims());
    flush(out);
  }

  /** Writes the first {@code claims} of the day and a part of the next one. */
  void writeCutOff(OutputStream out, int claims) throws IOException {
    write(out, claims);
    new ClaimLine(claim(claims), dirty, random).writeCutOff(lines);
    flush(out);
  }

  /** What a load of the whole day must count. */
  Manifest.Counts counts() {
    long rejected = rejectedBy.values().stream().mapToLong(Integer::longValue).sum();
    long headers = headerInTheMiddle ? 1 : 0;
    long read = delivery.claims() + duplicate + headers;
    return new Manifest.Counts(
        read, read - rejected - duplicate - filtered, rejected, duplicate, filtered);
  }

  /** The claims of the day, by place, of which a load lets no row in. */
  BitSet absent() {
    return absent;
  }

  Map<String, Integer> rejectedBy() {
    return rejectedBy;
  }

  private void write(OutputStream out, int claims) throws IOException {
    if (style.byteOrderMark()) {
      lines.append('\uFEFF');
    }
    header();
    for (int i = 0; i < claims; i++) {
      if (headerInTheMiddle && i == delivery.claims() / 2) {
        header();
        rejectedBy.merge("claim_id", 1, Integer::sum);
      }
      line(i);
      if (lines.length() >= CHUNK_CHARS) {
        flush(out);
      }
    }
  }

  private void header() {
    String header = String.join(",", ClaimLine.COLUMNS);
    lines.append(style.oldZipName() ? header.replace(",zip,", ",ZIP_CODE,") : header);
    lines.append(style.lineEnd());
  }

  private void line(int index) {
    Claim claim = claim(index);
    ClaimLine line = new ClaimLine(claim, dirty, random);
    if (isBroken(index)) {
      Flaw flaw = Flaw.pick(random);
      line.write(lines, flaw);
      absent.set(index);
      rejectedBy.merge(flaw.column(), 1, Integer::sum);
    } else {
      if (dirty && random.chance(DRAFTS)) {
        line.draft();
        absent.set(index);
        filtered++;
      } else if (dirty && random.chance(DOUBLED)) {
        line.write(lines);
        lines.append(style.lineEnd());
        line.receivedAgain(claim.receivedAt().plusSeconds(random.between(1, 3_600)));
        duplicate++;
      }
      line.write(lines);
    }
    lines.append(style.lineEnd());
  }

  /**
   * Spreads the broken lines evenly, exactly as many as there must be (Knuth, algorithm S). Never
   * the last line: broken there, the whole file would count as cut off.
   */
  private boolean isBroken(int index) {
    int eligible = delivery.claims() - 1 - index;
    if (brokenLeft == 0 || random.unit() * eligible >= brokenLeft) {
      return false;
    }
    brokenLeft--;
    return true;
  }

  private Claim claim(int index) {
    return Claim.of(world, delivery.firstClaim() + index, delivery.date());
  }

  private void flush(OutputStream out) throws IOException {
    out.write(lines.toString().getBytes(StandardCharsets.UTF_8));
    lines.setLength(0);
  }
}
