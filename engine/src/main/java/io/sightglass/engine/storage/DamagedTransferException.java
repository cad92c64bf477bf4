package io.sightglass.engine.storage;

import java.io.IOException;

/** An object arrived otherwise than the store's own checksum says; another try may be right. */
public final class DamagedTransferException extends IOException {

  private static final long serialVersionUID = 1L;

  DamagedTransferException() {
    super("An object arrived otherwise than it was stored");
  }
}
