package io.sightglass.engine.ingest.unpack;

/** What can be wrong with a file as a whole, so that nothing of it is let in. */
public enum FileFault {
  /** The archive, or the last line, ends too early. */
  CUT_OFF(false),
  /** Another format, encoding or dialect than declared, a quote that never closes, no header. */
  MALFORMED(false),
  /** A required column is not in the source. */
  MISSING_COLUMN(false),
  /** Not what the source says was sent. */
  CONTROL_MISMATCH(true),
  /** More rejects than the contract expects. */
  TOO_MANY_REJECTS(true),
  /** Far more or fewer rows than usual. */
  ROWS_OUT_OF_BAND(true);

  private final boolean acceptable;

  FileFault(boolean acceptable) {
    this.acceptable = acceptable;
  }

  /** Whether a person may let the file in all the same. */
  public boolean isAcceptable() {
    return acceptable;
  }
}
