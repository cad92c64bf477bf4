package io.sightglass.engine.ingest.unpack;

/** A file that is at fault as a whole. Its message says why, without any value of the file. */
public final class BrokenFileException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  private final FileFault fault;

  public BrokenFileException(FileFault fault, String reason) {
    super(reason);
    this.fault = fault;
  }

  public FileFault fault() {
    return fault;
  }

  /** The fault in words. */
  public String reason() {
    return String.valueOf(getMessage());
  }
}
