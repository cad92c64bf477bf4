package io.sightglass.engine.ingest.ledger;

import io.sightglass.engine.QualifiedName;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** Which loads to list; null leaves a criterion out. {@code since} is by the time of finding. */
public record LoadFilter(
    @Nullable QualifiedName dataset, Load.@Nullable State state, @Nullable Instant since) {

  public static final LoadFilter ALL = new LoadFilter(null, null, null);
}
