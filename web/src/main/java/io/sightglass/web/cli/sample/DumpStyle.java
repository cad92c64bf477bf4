package io.sightglass.web.cli.sample;

/**
 * How one dump differs from the others as a whole. Clean data has none of it.
 *
 * @param byteOrderMark the file starts with one
 * @param carriageReturns lines end in CRLF
 * @param oldZipName the column zip is still called ZIP_CODE
 * @param headerInTheMiddle the header comes again, as of two files put together
 * @param cutOffAgain the day was delivered once more, and that file ends in the middle of a line
 */
record DumpStyle(
    boolean byteOrderMark,
    boolean carriageReturns,
    boolean oldZipName,
    boolean headerInTheMiddle,
    boolean cutOffAgain) {

  private static final DumpStyle CLEAN = new DumpStyle(false, false, false, false, false);

  /** By the day's place in the run, so that thirty days show everything at least once. */
  static DumpStyle of(Delivery delivery, SampleData.Options options) {
    if (options.dirty() == 0) {
      return CLEAN;
    }
    int day = delivery.index();
    return new DumpStyle(
        day % 7 == 3,
        day % 5 == 2,
        day < options.days() / 3,
        day % 4 == 1,
        day % 20 == Math.min(13, options.days() / 2));
  }

  String lineEnd() {
    return carriageReturns ? "\r\n" : "\n";
  }
}
