package io.sightglass.engine.views;

import io.sightglass.engine.dataset.Mask;
import java.util.Locale;

/** The names of masks as contracts, grants and answers use them. Stateless. */
final class MaskNames {

  private MaskNames() {}

  static String of(Mask mask) {
    return mask.name().toLowerCase(Locale.ROOT);
  }
}
