package io.sightglass.engine.duckdb;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One empty, locked database and the two statements that parse. Used by one thread at a time. */
final class ParserSession implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(ParserSession.class);

  /** In this order: after the last line nothing can be set any more. */
  private static final List<String> LOCK =
      List.of(
          "SET threads = 1",
          "SET memory_limit = '512MB'",
          "SET temp_directory = ''",
          "SET max_expression_depth = 250",
          "SET allow_persistent_secrets = false",
          "SET autoinstall_known_extensions = false",
          "SET autoload_known_extensions = false",
          "SET allow_community_extensions = false",
          "SET enable_external_access = false",
          "SET lock_configuration = true");

  private final Connection connection;
  private final PreparedStatement serialize;
  private final PreparedStatement render;

  private ParserSession(Connection connection) throws SQLException {
    this.connection = connection;
    this.serialize = connection.prepareStatement("SELECT json_serialize_sql(?::VARCHAR)::VARCHAR");
    this.render =
        connection.prepareStatement(
            "SELECT t, json_serialize_sql(t)::VARCHAR"
                + " FROM (SELECT json_deserialize_sql(?::VARCHAR::JSON) AS t)");
  }

  static ParserSession open() throws SQLException {
    Connection connection = DriverManager.getConnection("jdbc:duckdb:");
    try (Statement statement = connection.createStatement()) {
      for (String setting : LOCK) {
        statement.execute(setting);
      }
      return new ParserSession(connection);
    } catch (SQLException e) {
      connection.close();
      throw e;
    }
  }

  /** The tree of a text as JSON, or what is wrong with it, as JSON too. */
  String serialize(String sql) throws SQLException {
    serialize.setString(1, sql);
    try (ResultSet rows = serialize.executeQuery()) {
      rows.next();
      return rows.getString(1);
    }
  }

  /** The text of a tree, and the tree that the text has in turn, as JSON. */
  String[] render(String json) throws SQLException {
    render.setString(1, json);
    try (ResultSet rows = render.executeQuery()) {
      rows.next();
      return new String[] {rows.getString(1), rows.getString(2)};
    }
  }

  @Override
  public void close() {
    try {
      connection.close();
    } catch (SQLException e) {
      LOG.warn("A parser's empty database did not close; it is left to the garbage collector", e);
    }
  }
}
