package io.sightglass.engine.ingest.check;

import io.sightglass.engine.duckdb.DuckDbSession;

/** How the rows of a staged source are typed and judged. */
sealed interface SourceCheck permits RowCheck, TypedCheck {

  /**
   * Makes a table of every row: {@code _line}, {@code _position}, the contract's columns, {@code
   * _fault} (a code, NULL for a good row), {@code _wanted}, and what {@link #rejects} needs.
   */
  void createTable(DuckDbSession session, String table);

  /** A query of the faulty rows of that table: line, position, column, reason, value, record. */
  String rejects(String table);
}
