package io.sightglass.engine.duckdb;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.dataset.Column;
import io.sightglass.engine.dataset.ColumnType;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.sql.Binder.OutputColumn;
import io.sightglass.engine.views.DefinitionBinder;
import io.sightglass.engine.views.DefinitionBinder.Outcome.Bound;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * Binds the definitions of a pack in an engine of their own that has tables without rows, no files
 * and no network. Thread-safe; each world has its own engine and thread.
 */
public final class ShadowCatalog implements DefinitionBinder {

  /** Binding is recursive: deep SQL on the usual megabyte kills the process. */
  private static final long STACK_BYTES = 64L << 20;

  private static final List<String> SETTINGS =
      List.of(
          "SET errors_as_json = true",
          "SET max_expression_depth = 250",
          "SET TimeZone = 'UTC'",
          "SET allow_persistent_secrets = false",
          "SET autoinstall_known_extensions = false",
          "SET autoload_known_extensions = false",
          "SET allow_community_extensions = false",
          "SET enable_external_access = false",
          "SET lock_configuration = true");

  @Override
  public Definitions open(Collection<String> schemas, Collection<Dataset> datasets) {
    return new World(schemas, datasets);
  }

  private static final class World implements Definitions {

    private final ExecutorService thread =
        Executors.newSingleThreadExecutor(task -> {
          Thread made = new Thread(null, task, "pack-binder", STACK_BYTES);
          made.setDaemon(true);
          return made;
        });
    private final Connection connection;

    World(Collection<String> schemas, Collection<Dataset> datasets) {
      try {
        Properties properties = new Properties();
        properties.setProperty("memory_limit", "256MB");
        properties.setProperty("threads", "1");
        connection = DriverManager.getConnection("jdbc:duckdb:", properties);
        for (String catalog : List.of("raw", "vault", "defs")) {
          execute("ATTACH ':memory:' AS " + catalog);
          for (String schema : schemas) {
            execute("CREATE SCHEMA IF NOT EXISTS %s.%s".formatted(catalog, quoted(schema)));
          }
        }
        for (Dataset dataset : datasets) {
          execute(table("raw", dataset, storedColumns(dataset)));
          execute(table("vault", dataset, directColumns(dataset)));
        }
        for (String setting : SETTINGS) {
          execute(setting);
        }
      } catch (SQLException e) {
        close();
        throw new EngineException(ErrorCode.INTERNAL, "The pack's binder does not start", e);
      }
    }

    @Override
    public Outcome bind(String sql) {
      return attempt(
          () -> {
            try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("DESCRIBE " + sql)) {
              List<OutputColumn> columns = new ArrayList<>();
              while (rows.next()) {
                columns.add(new OutputColumn(rows.getString(1), rows.getString(2)));
              }
              return new Bound(columns);
            }
          },
          "DESCRIBE ".length());
    }

    @Override
    public Outcome defineView(QualifiedName view, String sql) {
      String path = "defs.%s.%s".formatted(quoted(view.schema()), quoted(view.name()));
      String create = "CREATE VIEW %s AS ".formatted(path);
      return attempt(
          () -> {
            execute(create + sql);
            return bind("SELECT * FROM " + path);
          },
          create.length());
    }

    @Override
    public Outcome defineMacro(String statement) {
      return attempt(
          () -> {
            execute(statement);
            return new Bound(List.of());
          },
          0);
    }

    /** Something that the engine may refuse. */
    private interface Attempt {
      Outcome run() throws SQLException;
    }

    /**
     * Runs on the thread with the deep stack.
     *
     * @param before bytes that stand before the author's SQL in what the engine is given
     */
    private Outcome attempt(Attempt attempt, int before) {
      if (Thread.currentThread().getName().equals("pack-binder")) {
        return failing(attempt, before);
      }
      try {
        return thread.submit(() -> failing(attempt, before)).get();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new EngineException(ErrorCode.INTERNAL, "Reading the pack was interrupted", e);
      } catch (ExecutionException e) {
        throw new EngineException(ErrorCode.INTERNAL, "The pack's binder failed", e.getCause());
      }
    }

    private static Outcome failing(Attempt attempt, int before) {
      try {
        return attempt.run();
      } catch (SQLException e) {
        return BindingErrors.read(String.valueOf(e.getMessage()), before);
      }
    }

    private void execute(String sql) throws SQLException {
      try (Statement statement = connection.createStatement()) {
        statement.execute(sql);
      }
    }

    @Override
    public void close() {
      thread.shutdown();
      try {
        if (!thread.awaitTermination(10, TimeUnit.SECONDS)) {
          throw new EngineException(ErrorCode.INTERNAL, "The pack's binder does not end");
        }
        if (connection != null) {
          connection.close();
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } catch (SQLException e) {
        throw new EngineException(ErrorCode.INTERNAL, "The pack's binder does not close", e);
      }
    }
  }

  private static String table(String catalog, Dataset dataset, List<String> columns) {
    return "CREATE TABLE %s.%s.%s (%s)"
        .formatted(
            catalog,
            quoted(dataset.name().schema()),
            quoted(dataset.name().name()),
            String.join(", ", columns));
  }

  private static List<String> storedColumns(Dataset dataset) {
    List<String> columns = new ArrayList<>();
    for (Column column : dataset.columns()) {
      columns.add(definition(column.name(), column.storedType()));
    }
    columns.add(definition(Dataset.FILE_DATE, ColumnType.Scalar.DATE));
    columns.add(definition(Dataset.LOAD_ID, ColumnType.Scalar.VARCHAR));
    columns.add(definition(Dataset.ROW_KEY, ColumnType.Scalar.VARCHAR));
    return columns;
  }

  private static List<String> directColumns(Dataset dataset) {
    List<String> columns = new ArrayList<>();
    for (Column column : dataset.directColumns()) {
      columns.add(definition(column.name(), column.type()));
    }
    columns.add(definition(Dataset.ROW_KEY, ColumnType.Scalar.VARCHAR));
    return columns;
  }

  private static String definition(String name, ColumnType type) {
    return quoted(name) + " " + type.sql();
  }

  private static String quoted(String name) {
    return "\"" + name.replace("\"", "\"\"") + "\"";
  }
}
