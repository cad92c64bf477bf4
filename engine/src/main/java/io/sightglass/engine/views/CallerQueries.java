package io.sightglass.engine.views;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.Spelling;
import io.sightglass.engine.sql.NameResolver.Resolution;
import java.util.Comparator;
import java.util.List;

/** The named queries that one caller may know: those of which he may read every view. Stateless. */
public final class CallerQueries {

  private CallerQueries() {}

  /** Every one, by name. */
  public static List<NamedQuery> of(ViewPack pack, CallerPolicy policy) {
    return pack.queries().values().stream()
        .filter(query -> query.views().stream().allMatch(view -> isReadable(policy, view)))
        .sorted(Comparator.comparing(NamedQuery::name))
        .toList();
  }

  /**
   * One of them.
   *
   * @throws EngineException {@code NOT_FOUND} when there is none, or the caller may not know it
   */
  public static NamedQuery require(ViewPack pack, CallerPolicy policy, String name) {
    return of(pack, policy).stream()
        .filter(query -> query.name().toString().equals(name))
        .findFirst()
        .orElseThrow(() -> unknown(pack, policy, name));
  }

  /**
   * One of them, to be run: also one that lacks nothing but an attribute of the caller's token,
   * since running it says so.
   *
   * @throws EngineException {@code NOT_FOUND}
   */
  public static NamedQuery requireToRun(ViewPack pack, CallerPolicy policy, String name) {
    return pack.queries().values().stream()
        .filter(query -> query.name().toString().equals(name))
        .filter(query ->
            query.views().stream()
                .allMatch(view ->
                    isReadable(policy, view)
                        || resolve(policy, view) instanceof Resolution.MissingAttribute))
        .findFirst()
        .orElseThrow(() -> unknown(pack, policy, name));
  }

  private static boolean isReadable(CallerPolicy policy, QualifiedName view) {
    return resolve(policy, view) instanceof Resolution.Found;
  }

  private static Resolution resolve(CallerPolicy policy, QualifiedName view) {
    return policy.names().resolve(List.of(view.schema(), view.name()));
  }

  private static EngineException unknown(ViewPack pack, CallerPolicy policy, String name) {
    List<String> known = of(pack, policy).stream().map(query -> query.name().toString()).toList();
    return new EngineException(ErrorCode.NOT_FOUND, "Query: \"%s\" does not exist".formatted(name))
        .suggesting(Spelling.likes(name, known));
  }
}
