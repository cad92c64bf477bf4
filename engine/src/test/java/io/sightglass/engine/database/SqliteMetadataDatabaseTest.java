package io.sightglass.engine.database;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class SqliteMetadataDatabaseTest extends MetadataDatabaseContract {

  private final AtomicInteger files = new AtomicInteger();

  @Override
  DatabaseSettings emptyDatabase() {
    return DatabaseSettings.sqlite(
        folder.resolve("below/metadata-" + files.incrementAndGet() + ".db"));
  }

  @Test
  void aTransactionInsideATransactionIsAMistakeNotADeadlock() {
    assertThatThrownBy(() -> database.inTransaction(outer -> database.inTransaction(inner -> 1)))
        .isInstanceOf(IllegalStateException.class);
  }
}
