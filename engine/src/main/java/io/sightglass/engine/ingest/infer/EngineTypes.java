package io.sightglass.engine.ingest.infer;

import io.sightglass.engine.dataset.ColumnType;
import io.sightglass.engine.views.files.TypeText;
import org.jspecify.annotations.Nullable;

/** Types of files that carry their own, in the words of a contract. */
final class EngineTypes {

  private EngineTypes() {}

  /** The narrowest type of a contract that holds every value; null when none does. */
  static @Nullable ColumnType contractType(String type) {
    String wide =
        type.replaceAll("\\b(TINYINT|SMALLINT|UTINYINT|USMALLINT)\\b", "INTEGER")
            .replaceAll("\\bUINTEGER\\b", "BIGINT")
            .replaceAll("\\bUBIGINT\\b", "DECIMAL(20,0)")
            .replaceAll("\\bHUGEINT\\b", "DECIMAL(38,0)")
            .replaceAll("\\bFLOAT\\b", "DOUBLE")
            .replaceAll("\\bTIMESTAMP WITH TIME ZONE\\b", "TIMESTAMPTZ")
            .replaceAll("\\bTIMESTAMP_(S|MS|NS)\\b", "TIMESTAMP")
            .replaceAll("\\b(JSON|ENUM\\([^)]*\\))", "VARCHAR");
    return TypeText.find(wide.replace("\"", "")).orElse(null);
  }
}
