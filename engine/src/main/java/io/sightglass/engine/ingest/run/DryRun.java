package io.sightglass.engine.ingest.run;

import io.sightglass.engine.ingest.ledger.Load;
import io.sightglass.engine.ingest.stores.Reject;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What loading a file would do; nothing was written.
 *
 * @param source the pattern of the contract's source that the file was read by
 * @param code why the whole file would be quarantined; null: it would be loaded
 * @param reason the code in words
 * @param unknownColumns of the source, left out
 * @param missingColumns of the contract, NULL in every row, since the source lacks them
 * @param rejects the first hundred, without values
 * @param columns of the contract, in its order
 * @param masks by column, how it is masked at rest
 * @param preview the first ten rows as the ordinary table would hold them, masked, as text
 */
public record DryRun(
    String source,
    @Nullable String code,
    @Nullable String reason,
    Load.@Nullable RowCounts rows,
    List<String> unknownColumns,
    List<String> missingColumns,
    List<Reject> rejects,
    List<String> columns,
    Map<String, String> masks,
    List<List<@Nullable String>> preview) {}
