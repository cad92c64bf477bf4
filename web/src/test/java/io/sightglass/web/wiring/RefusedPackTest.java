package io.sightglass.web.wiring;

import static org.assertj.core.api.Assertions.assertThat;

import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.dataset.ColumnType;
import io.sightglass.engine.ingest.ledger.Load;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A pack without mistakes of which one table cannot follow its contract, and another could. */
class RefusedPackTest {

  @TempDir private Path folder;

  @SuppressWarnings("NullAway.Init") // Each test opens it.
  private Engine engine;

  @BeforeEach
  void openWithTwoTables() throws IOException {
    write(
        "views/roles.yaml",
        """
        roles:
          analyst:
            description: Sees everything
            limits: {rows: 1000, bytes: 1 GB, seconds: 60, concurrent: 2, queued: 8, memory: 256 MB, kept: 1}
        """);
    contract("INTEGER", "INTEGER");
    open();
  }

  /** The vault's table is the first to follow. */
  private void contract(String inVault, String ordinary) throws IOException {
    write(
        "views/shop/sales.yaml",
        """
        description: Sales
        owner: Shop
        grain: one row per sale
        source: {path: "sales_*.csv", format: csv}
        load: append
        columns:
          - {name: buyer, type: %s, sensitivity: direct, mask: redact, description: Who bought}
          - {name: price, type: %s, sensitivity: none, description: For how much}
        """
            .formatted(inVault, ordinary));
  }

  private void write(String name, String text) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  private void open() {
    engine = Engine.open(TestingSettings.in(folder), InstantSource.system());
  }

  @AfterEach
  void close() {
    engine.close();
  }

  private ColumnType typeOfBuyer() {
    return Objects.requireNonNull(engine.pack().datasets().get(QualifiedName.parse("shop.sales")))
        .columns()
        .getFirst()
        .type();
  }

  /** Twice, for a folder counts once it has stayed as it is. */
  private void look() {
    engine.refreshViews();
    engine.refreshViews();
  }

  private Load load(String buyer) throws IOException {
    write("landing/sales_" + buyer + ".csv", "buyer,price\n" + buyer + ",5\n");
    engine.loads().scan();
    return engine.loads().runDue().getFirst();
  }

  @Test
  void changesNoTableSoThatTheLastGoodOneCountsOnAndAfterARestart() throws IOException {
    contract("BIGINT", "VARCHAR");
    look();
    assertThat(typeOfBuyer()).isEqualTo(ColumnType.Scalar.INTEGER);
    assertThat(load("1").state()).isEqualTo(Load.State.COMMITTED);
    engine.close();

    open();
    assertThat(typeOfBuyer()).isEqualTo(ColumnType.Scalar.INTEGER);
    assertThat(load("2").state()).isEqualTo(Load.State.COMMITTED);

    contract("BIGINT", "BIGINT");
    look();
    assertThat(typeOfBuyer()).isEqualTo(ColumnType.Scalar.BIGINT);
    assertThat(load("9999999999").rows()).isEqualTo(new Load.RowCounts(1, 1, 0, 0, 0));
  }
}
