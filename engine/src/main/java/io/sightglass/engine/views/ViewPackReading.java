package io.sightglass.engine.views;

import java.util.List;

/** What reading a folder of {@code sql-views} came to. */
public sealed interface ViewPackReading {

  /** In the order of their places. */
  List<Mistake> warnings();

  /** A pack without a mistake. */
  record Read(ViewPack pack, List<Mistake> warnings) implements ViewPackReading {
    public Read {
      warnings = List.copyOf(warnings);
    }
  }

  /** Every mistake of a pack that cannot be used, in the order of their places; never empty. */
  record Mistaken(List<Mistake> mistakes, List<Mistake> warnings) implements ViewPackReading {
    public Mistaken {
      mistakes = List.copyOf(mistakes);
      warnings = List.copyOf(warnings);
    }
  }
}
