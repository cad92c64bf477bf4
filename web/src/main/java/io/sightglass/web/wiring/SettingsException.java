package io.sightglass.web.wiring;

import java.util.List;

/** The configuration is not usable: every mistake at once, each with what was seen and allowed. */
public final class SettingsException extends RuntimeException {

  private static final long serialVersionUID = 1L;

  public SettingsException(List<String> mistakes) {
    super(String.join(System.lineSeparator(), mistakes));
  }

  public SettingsException(String mistake) {
    super(mistake);
  }
}
