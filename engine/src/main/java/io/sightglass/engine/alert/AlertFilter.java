package io.sightglass.engine.alert;

import io.sightglass.engine.QualifiedName;
import org.jspecify.annotations.Nullable;

/** Which alerts a list holds; null: any. Immutable. */
public record AlertFilter(
    @Nullable QualifiedName dataset,
    Alert.@Nullable State state,
    Alert.@Nullable Severity severity) {

  static final AlertFilter ALL = new AlertFilter(null, null, null);
}
