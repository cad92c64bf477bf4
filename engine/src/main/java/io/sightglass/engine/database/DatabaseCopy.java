package io.sightglass.engine.database;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * Every row of a metadata database as lines of JSON, and the way back, from either kind of database
 * into either. Immutable, thread-safe.
 *
 * <p>The first line names the schema's version; then each table's columns in an object, followed by
 * one array per row. One state is copied, whatever is written meanwhile.
 */
public final class DatabaseCopy {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String HISTORY = "flyway_schema_history";

  /**
   * Not the state of a deployment, or copied otherwise: who is alive, and the catalog of tables,
   * which PostgreSQL holds too.
   */
  private static final Set<String> LEFT_OUT =
      Set.of(HISTORY, "replica", "lease", "iceberg_tables", "iceberg_namespace_properties");

  private static final int ROWS_AT_ONCE = 1_000;

  private final MetadataDatabase database;

  public DatabaseCopy(MetadataDatabase database) {
    this.database = database;
  }

  /** Writes one state of the database; the caller closes {@code out}. */
  public void write(Writer out) {
    var _ =
        database.read(transaction -> {
          try {
            Connection connection = transaction.connection();
            line(out, JSON.createObjectNode().put("schema", schema(connection)));
            for (String table : tables(connection)) {
              write(connection, table, out);
            }
            return true;
          } catch (SQLException e) {
            throw new DatabaseFailure(e);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  /** Whether no table holds a row. */
  public boolean isEmpty() {
    return database.read(transaction -> {
      try {
        for (String table : tables(transaction.connection())) {
          if (hasRow(transaction.connection(), table)) {
            return false;
          }
        }
        return true;
      } catch (SQLException e) {
        throw new DatabaseFailure(e);
      }
    });
  }

  /**
   * Fills the database, which must be empty, in one transaction.
   *
   * @param besides what else is written in it, afterwards
   * @throws EngineException {@code CONFLICT} when it is not empty, or when the copy was written
   *     under another schema; {@code INVALID_REQUEST} when it is no such copy
   */
  public void read(BufferedReader in, Consumer<Transaction> besides) {
    var _ =
        database.inTransaction(transaction -> {
          try {
            Connection connection = transaction.connection();
            requireSchema(connection, in.readLine());
            for (String table : tables(connection)) {
              if (hasRow(connection, table)) {
                throw new EngineException(
                    ErrorCode.CONFLICT,
                    "The metadata database holds rows; allowed: one without any");
              }
            }
            readRows(connection, in);
            besides.accept(transaction);
            return true;
          } catch (SQLException e) {
            throw new DatabaseFailure(e);
          } catch (IOException e) {
            throw new EngineException(
                ErrorCode.STORE_UNAVAILABLE, "The copy of the metadata database breaks off", e);
          }
        });
  }

  private static void requireSchema(Connection connection, String first)
      throws SQLException, JsonProcessingException {
    JsonNode schema = first == null ? null : JSON.readTree(first).get("schema");
    if (schema == null) {
      throw new EngineException(
          ErrorCode.INVALID_REQUEST, "What is to be restored is no copy of a metadata database");
    }
    String here = schema(connection);
    if (!here.equals(schema.asText())) {
      throw new EngineException(
          ErrorCode.CONFLICT,
          "The copy has schema %s, this version of the service %s; restore with the version that made the backup, then upgrade"
              .formatted(schema.asText(), here));
    }
  }

  private void readRows(Connection connection, BufferedReader in) throws SQLException, IOException {
    PreparedStatement insert = null;
    Map<Integer, Boolean> flags = new HashMap<>();
    try {
      int waiting = 0;
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        JsonNode node = JSON.readTree(line);
        if (node instanceof ObjectNode head) {
          if (insert != null) {
            insert.executeBatch();
            insert.close();
          }
          waiting = 0;
          insert = insert(connection, head, flags);
        } else if (insert != null) {
          bind(insert, (ArrayNode) node, flags);
          if (++waiting % ROWS_AT_ONCE == 0) {
            insert.executeBatch();
          }
        }
      }
      if (insert != null) {
        insert.executeBatch();
      }
    } finally {
      if (insert != null) {
        insert.close();
      }
    }
  }

  private static PreparedStatement insert(
      Connection connection, ObjectNode head, Map<Integer, Boolean> flags) throws SQLException {
    String table = head.get("table").asText();
    List<String> columns = new ArrayList<>();
    head.get("columns").forEach(column -> columns.add(column.asText()));
    flags.clear();
    String names = columns.stream().map(DatabaseCopy::quoted).collect(Collectors.joining(", "));
    try (Statement statement = connection.createStatement();
        ResultSet none =
            statement.executeQuery(
                "SELECT %s FROM %s WHERE 1 = 0".formatted(names, quoted(table)))) {
      for (int index = 1; index <= columns.size(); index++) {
        flags.put(index, isFlag(none.getMetaData(), index));
      }
    }
    return connection.prepareStatement(
        "INSERT INTO %s (%s) VALUES (%s)"
            .formatted(
                quoted(table),
                names,
                columns.stream().map(column -> "?").collect(Collectors.joining(", "))));
  }

  private static boolean isFlag(ResultSetMetaData columns, int index) throws SQLException {
    int type = columns.getColumnType(index);
    return type == Types.BOOLEAN
        || type == Types.BIT
        || columns.getColumnTypeName(index).toUpperCase(java.util.Locale.ROOT).startsWith("BOOL");
  }

  private static void bind(PreparedStatement insert, ArrayNode row, Map<Integer, Boolean> flags)
      throws SQLException {
    for (int index = 1; index <= row.size(); index++) {
      JsonNode value = row.get(index - 1);
      if (value.isNull()) {
        insert.setNull(index, Types.NULL);
      } else if (Boolean.TRUE.equals(flags.get(index))) {
        insert.setBoolean(index, value.asInt(value.asBoolean() ? 1 : 0) != 0);
      } else if (value.isIntegralNumber()) {
        insert.setLong(index, value.asLong());
      } else if (value.isNumber()) {
        insert.setDouble(index, value.asDouble());
      } else {
        insert.setString(index, value.asText());
      }
    }
    insert.addBatch();
  }

  private static void write(Connection connection, String table, Writer out)
      throws SQLException, IOException {
    try (Statement statement = connection.createStatement()) {
      statement.setFetchSize(ROWS_AT_ONCE);
      try (ResultSet rows = statement.executeQuery("SELECT * FROM " + quoted(table))) {
        ResultSetMetaData columns = rows.getMetaData();
        ObjectNode head = JSON.createObjectNode().put("table", table);
        ArrayNode names = head.putArray("columns");
        for (int index = 1; index <= columns.getColumnCount(); index++) {
          names.add(columns.getColumnName(index));
        }
        line(out, head);
        while (rows.next()) {
          ArrayNode row = JSON.createArrayNode();
          for (int index = 1; index <= names.size(); index++) {
            row.add(JSON.<JsonNode>valueToTree(rows.getObject(index)));
          }
          line(out, row);
        }
      }
    }
  }

  private static void line(Writer out, JsonNode node) throws IOException {
    out.write(JSON.writeValueAsString(node));
    out.write('\n');
  }

  private static boolean hasRow(Connection connection, String table) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT 1 FROM " + quoted(table) + " LIMIT 1")) {
      return row.next();
    }
  }

  /** The features' tables, by name. */
  private static Set<String> tables(Connection connection) throws SQLException {
    Set<String> tables = new TreeSet<>();
    try (ResultSet found =
        connection
            .getMetaData()
            .getTables(
                connection.getCatalog(), connection.getSchema(), "%", new String[] {"TABLE"})) {
      while (found.next()) {
        String name = found.getString("TABLE_NAME");
        if (!LEFT_OUT.contains(name) && !name.startsWith("sqlite_")) {
          tables.add(name);
        }
      }
    }
    return tables;
  }

  /** The migrations that were applied. */
  private static String schema(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet versions =
            statement.executeQuery(
                "SELECT version FROM "
                    + HISTORY
                    + " WHERE success AND version IS NOT NULL ORDER BY length(version), version")) {
      List<String> applied = new ArrayList<>();
      while (versions.next()) {
        applied.add(versions.getString(1));
      }
      return String.join(",", applied);
    }
  }

  private static String quoted(String name) {
    return "\"" + name.replace("\"", "\"\"") + "\"";
  }
}
