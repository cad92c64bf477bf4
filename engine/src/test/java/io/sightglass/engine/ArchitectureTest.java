package io.sightglass.engine;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;

/** The order of docs/decisions.md: dependencies point downwards only. */
@AnalyzeClasses(
    packages = "io.sightglass.engine",
    importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

  @ArchTest
  static final ArchRule dependenciesPointDownwards =
      layeredArchitecture()
          .consideringOnlyDependenciesInLayers()
          .withOptionalLayers(true)
          .layer("root")
          .definedBy("io.sightglass.engine")
          .layer("dataset")
          .definedBy("io.sightglass.engine.dataset..")
          .layer("access")
          .definedBy("io.sightglass.engine.access..")
          .layer("sql")
          .definedBy("io.sightglass.engine.sql..")
          .layer("views")
          .definedBy("io.sightglass.engine.views..")
          .layer("database")
          .definedBy("io.sightglass.engine.database..")
          .layer("storage")
          .definedBy("io.sightglass.engine.storage..")
          .layer("duckdb")
          .definedBy("io.sightglass.engine.duckdb..")
          .layer("table")
          .definedBy("io.sightglass.engine.table..")
          .layer("alert")
          .definedBy("io.sightglass.engine.alert..")
          .layer("query")
          .definedBy("io.sightglass.engine.query..")
          .layer("result")
          .definedBy("io.sightglass.engine.result..")
          .layer("ingest")
          .definedBy("io.sightglass.engine.ingest..")
          .whereLayer("dataset")
          .mayOnlyAccessLayers("root")
          .whereLayer("access")
          .mayOnlyAccessLayers("root")
          .whereLayer("sql")
          .mayOnlyAccessLayers("root", "dataset", "access")
          .whereLayer("views")
          .mayOnlyAccessLayers("root", "dataset", "access", "sql")
          .whereLayer("database")
          .mayOnlyAccessLayers("root")
          .whereLayer("storage")
          .mayOnlyAccessLayers("root")
          .whereLayer("duckdb")
          .mayOnlyAccessLayers("root", "dataset", "access", "sql", "views", "storage")
          .whereLayer("table")
          .mayOnlyAccessLayers("root", "dataset", "storage", "database")
          .whereLayer("alert")
          .mayOnlyAccessLayers("root", "database")
          .whereLayer("query")
          .mayOnlyAccessLayers(
              "root",
              "dataset",
              "access",
              "sql",
              "views",
              "database",
              "storage",
              "duckdb",
              "table",
              "alert")
          .whereLayer("result")
          .mayOnlyAccessLayers(
              "root",
              "dataset",
              "access",
              "sql",
              "views",
              "database",
              "storage",
              "duckdb",
              "table",
              "alert",
              "query")
          .whereLayer("ingest")
          .mayOnlyAccessLayers(
              "root",
              "dataset",
              "access",
              "sql",
              "views",
              "database",
              "storage",
              "duckdb",
              "table",
              "alert",
              "query",
              "result");

  @ArchTest
  static final ArchRule packagesHaveNoCycles =
      SlicesRuleDefinition.slices()
          .matching("io.sightglass.engine.(*)..")
          .should()
          .beFreeOfCycles();

  @ArchTest
  static final ArchRule roomsOfIngestHaveNoCycles =
      SlicesRuleDefinition.slices()
          .matching("io.sightglass.engine.ingest.(*)..")
          .should()
          .beFreeOfCycles();

  @ArchTest static final ArchRule onlyDatasetImportsCron = onlyIn("dataset", "com.cronutils..");

  @ArchTest static final ArchRule onlyDuckdbImportsDuckDb = onlyIn("duckdb", "org.duckdb..");

  @ArchTest static final ArchRule onlyTableImportsIceberg = onlyIn("table", "org.apache.iceberg..");

  @ArchTest
  static final ArchRule onlyStorageImportsTheAwsSdk = onlyIn("storage", "software.amazon.awssdk..");

  @ArchTest
  static final ArchRule onlyAlertImportsSlack = onlyIn("alert", "com.slack..", "okhttp3..");

  @ArchTest
  static final ArchRule onlyDatabaseImportsItsLibraries =
      onlyIn("database", "org.flywaydb..", "com.zaxxer..", "org.sqlite..", "org.postgresql..");

  @ArchTest
  static final ArchRule theEngineKnowsNoFramework =
      noClasses()
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.micronaut..", "io.netty..", "jakarta..", "reactor..");

  private static ArchRule onlyIn(String owner, String... libraries) {
    return noClasses()
        .that()
        .resideOutsideOfPackage("io.sightglass.engine." + owner + "..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(libraries);
  }
}
