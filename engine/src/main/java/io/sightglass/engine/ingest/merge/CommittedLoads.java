package io.sightglass.engine.ingest.merge;

import io.sightglass.engine.ingest.ledger.Load;
import io.sightglass.engine.ingest.ledger.LoadOutcome;
import io.sightglass.engine.table.LakeTable;
import io.sightglass.engine.table.PairSnapshot;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/** What the summaries of a table's snapshots say about the loads that were committed. Stateless. */
public final class CommittedLoads {

  private static final String COUNT = "sightglass.count.";
  private static final String READ_OF_PART = ".read";

  private CommittedLoads() {}

  /** The name under which a commit of several parts keeps a count of one of them. */
  public static String partCount(String loadId, String count) {
    return loadId + "." + count;
  }

  /** How a load ended that an earlier attempt has committed, alone or as a part. */
  public static Optional<LoadOutcome> find(LakeTable table, String loadId) {
    for (PairSnapshot snapshot : table.history()) {
      Map<String, String> summary = snapshot.summary();
      if (summary.containsKey(COUNT + partCount(loadId, "read"))) {
        return Optional.of(outcome(snapshot, loadId + "."));
      }
      if (loadId.equals(snapshot.loadId())) {
        return Optional.of(outcome(snapshot, ""));
      }
    }
    return Optional.empty();
  }

  /** The loads that a snapshot brought. */
  static Set<String> ids(PairSnapshot snapshot) {
    Set<String> ids = new TreeSet<>();
    if (snapshot.loadId() != null) {
      ids.add(snapshot.loadId());
    }
    for (String key : snapshot.summary().keySet()) {
      int end = key.length() - READ_OF_PART.length();
      if (key.startsWith(COUNT) && key.endsWith(READ_OF_PART) && end > COUNT.length()) {
        ids.add(key.substring(COUNT.length(), end));
      }
    }
    return ids;
  }

  private static LoadOutcome outcome(PairSnapshot snapshot, String prefix) {
    return LoadOutcome.committed(
        new Load.RowCounts(
            count(snapshot, prefix + "read"),
            count(snapshot, prefix + "written"),
            count(snapshot, prefix + "rejected"),
            count(snapshot, prefix + "duplicate"),
            count(snapshot, prefix + "filtered")),
        snapshot.id(),
        null);
  }

  private static long count(PairSnapshot snapshot, String name) {
    return Long.parseLong(snapshot.summary().getOrDefault(COUNT + name, "0"));
  }
}
