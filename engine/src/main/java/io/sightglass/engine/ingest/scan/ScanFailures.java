package io.sightglass.engine.ingest.scan;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.database.DatabaseFailure;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The datasets that could not be looked for in one round, which keeps nobody from looking for the
 * others. Used by one thread.
 */
final class ScanFailures {

  /** Of many that failed, so many are named. */
  private static final int NAMED = 5;

  private final List<QualifiedName> datasets = new ArrayList<>();
  private @Nullable EngineException first;

  /** Makes a look; what it fails with is kept for the end of the round. */
  void run(QualifiedName dataset, Runnable look) {
    try {
      look.run();
    } catch (RuntimeException failure) {
      if (DatabaseFailure.isBehind(failure)) {
        throw failure; // no other look would fare better
      }
      datasets.add(dataset);
      if (first == null) {
        first = known(failure);
      } else if (first != failure) {
        first.addSuppressed(failure);
      }
    }
  }

  private static EngineException known(RuntimeException failure) {
    return failure instanceof EngineException known
        ? known
        : new EngineException(ErrorCode.INTERNAL, "A fault of the service; see its log", failure);
  }

  /** Throws the first failure, with the names of all datasets that it may stand for. */
  void throwAny() {
    if (first != null) {
      int others = datasets.size() - NAMED;
      throw new EngineException(
          first.code(),
          "Not looked for: %s%s. %s"
              .formatted(
                  datasets.stream()
                      .limit(NAMED)
                      .map(QualifiedName::toString)
                      .collect(Collectors.joining(", ")),
                  others > 0 ? " and %d more".formatted(others) : "",
                  first.detail()),
          first);
    }
  }
}
