package io.sightglass.engine.ingest;

import io.sightglass.engine.database.DatabaseSettings;
import io.sightglass.engine.database.TestingPostgres;
import java.nio.file.Path;
import java.util.List;

/** The same over one PostgreSQL. */
class PostgresReplicasTest extends ReplicasTest {

  @Override
  List<DatabaseSettings> databases(Path below) {
    return List.of(TestingPostgres.emptyDatabase());
  }
}
