package io.sightglass.engine.ingest;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;

/**
 * All of loading, once more, with every object in S3, on a server that checks signatures: its
 * buckets are the folders that the tests look into.
 */
class LoadsOverS3Test {

  /** Before what a nested test sets up. */
  @BeforeEach
  void useS3() {
    TestingStores.setUsual(TestingStores::s3);
  }

  @AfterEach
  void useFolders() {
    TestingStores.setUsual(TestingStores::local);
  }

  @Nested
  class AvroLoads extends AvroLoadTest {}

  @Nested
  class Backfills extends BackfillTest {}

  @Nested
  class Backups extends BackupTest {}

  @Nested
  class Control extends ControlTest {}

  @Nested
  class Erasures extends ErasureTest {}

  @Nested
  class Loads extends LoadServiceTest {}

  @Nested
  class Upkeep extends MaintenanceTest {}

  @Nested
  class ParquetLoads extends ParquetLoadTest {}

  @Nested
  class Parts extends PartsTest {}

  @Nested
  class Rebuilds extends RebuildTest {}

  @Nested
  class FullDumps extends ReplaceAllTest {}

  @Nested
  class SeveralSources extends SeveralSourcesTest {}

  @Nested
  class Upserts extends UpsertTest {}
}
