package io.sightglass.engine.views;

import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.sql.Binder.OutputColumn;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Opens empty worlds of datasets in which the definitions of a pack are bound. Thread-safe. */
public interface DefinitionBinder {

  /**
   * An empty world: {@code raw.<schema>.<dataset>} with stored types and {@code
   * vault.<schema>.<dataset>} with the direct columns, as tables without rows; {@code defs} with
   * the schemas but no view yet. The caller closes it.
   *
   * @param schemas every schema of the pack, those without a dataset too
   */
  Definitions open(Collection<String> schemas, Collection<Dataset> datasets);

  /** One such world. Not thread-safe. */
  interface Definitions extends AutoCloseable {

    /** Binds a verified SELECT whose names are complete. */
    Outcome bind(String sql);

    /** Makes {@code defs.<schema>.<view>} from a verified SELECT whose names are complete. */
    Outcome defineView(QualifiedName view, String sql);

    /** Makes a macro in {@code defs.main} from its complete, verified statement. */
    Outcome defineMacro(String statement);

    @Override
    void close();
  }

  /** What binding came to. */
  sealed interface Outcome {

    /** It binds; for a macro without columns. */
    record Bound(List<OutputColumn> columns) implements Outcome {
      public Bound {
        columns = List.copyOf(columns);
      }
    }

    /**
     * It does not bind.
     *
     * @param code {@link MistakeCode#UNKNOWN_COLUMN}, {@link MistakeCode#UNKNOWN_NAME}, {@link
     *     MistakeCode#SYNTAX_ERROR} or {@link MistakeCode#TYPE_MISMATCH}
     * @param message in one line, for the pack's author; holds nothing but words of his own
     *     definitions and the engine's about them
     * @param name the name that was not found; null where the mistake is another
     * @param candidates names that exist and are like it
     * @param offset of the place in the SQL, in bytes from 0; negative: not known
     * @param length of the place in bytes
     */
    record Failed(
        MistakeCode code,
        String message,
        @Nullable String name,
        List<String> candidates,
        int offset,
        int length)
        implements Outcome {
      public Failed {
        candidates = List.copyOf(candidates);
      }
    }
  }
}
