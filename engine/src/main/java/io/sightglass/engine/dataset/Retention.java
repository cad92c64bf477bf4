package io.sightglass.engine.dataset;

import java.time.Period;
import org.jspecify.annotations.Nullable;

/**
 * How long rows and snapshots are kept; null means for ever.
 *
 * @param of the column that dates a row
 */
public record Retention(@Nullable Period rows, String of, @Nullable Period snapshots) {

  public static final Retention FOREVER = new Retention(null, "_file_date", null);
}
