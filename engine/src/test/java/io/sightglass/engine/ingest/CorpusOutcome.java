package io.sightglass.engine.ingest;

import com.fasterxml.jackson.core.io.JsonStringEncoder;
import io.sightglass.engine.dataset.Column;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.ingest.ledger.Load;
import io.sightglass.engine.ingest.stores.Reject;
import io.sightglass.engine.table.Side;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What became of a file of the corpus, in the form of its case. Immutable. */
final class CorpusOutcome {

  private static final int SHOWN = 160;

  private final TestingLoads loads;
  private final Dataset dataset;
  private final Load load;

  CorpusOutcome(TestingLoads loads, Dataset dataset, Load load) {
    this.loads = loads;
    this.dataset = dataset;
    this.load = load;
  }

  List<Reject> rejects() {
    return loads.service().rejects(load.id(), true, 1000, null).items();
  }

  /** How it ended, every reject, every row of the table afterwards, and the open alerts. */
  List<String> lines() {
    List<String> lines = new ArrayList<>();
    lines.add(ending());
    for (Reject reject : rejects()) {
      lines.add(
          "rejected line %d, byte %d, %s: %s: %s"
              .formatted(
                  reject.line(),
                  reject.position(),
                  reject.column() == null ? "the record" : reject.column(),
                  reject.reason(),
                  quoted(reject.value())));
    }
    rows(Side.ORDINARY, dataset.columns()).forEach(row -> lines.add("row " + row));
    if (!dataset.directColumns().isEmpty()) {
      rows(Side.VAULT, dataset.directColumns()).forEach(row -> lines.add("vault " + row));
    }
    return lines;
  }

  private String ending() {
    Load.RowCounts rows = load.rows();
    String counts =
        rows == null
            ? ""
            : " read %d, written %d, rejected %d, duplicate %d, filtered %d"
                .formatted(
                    rows.read(),
                    rows.written(),
                    rows.rejected(),
                    rows.duplicate(),
                    rows.filtered());
    String code = load.code() == null ? "" : " " + load.code();
    String reason = load.reason() == null ? "" : ": " + load.reason();
    return load.state() + code + counts + reason;
  }

  private List<String> rows(Side side, List<Column> columns) {
    String fields =
        columns.stream()
            .map(column -> "\"%1$s\" := \"%1$s\"".formatted(column.name()))
            .collect(Collectors.joining(", "));
    return loads.rows(side, "CAST(to_json(struct_pack(%s)) AS VARCHAR)".formatted(fields)).stream()
        .map(CorpusOutcome::shortened)
        .toList();
  }

  private static String quoted(@Nullable String value) {
    return value == null
        ? "null"
        : shortened(
            "\"" + String.valueOf(JsonStringEncoder.getInstance().quoteAsString(value)) + "\"");
  }

  private static String shortened(String text) {
    return text.length() <= SHOWN
        ? text
        : "%s… of %d characters".formatted(text.substring(0, SHOWN), text.length());
  }
}
