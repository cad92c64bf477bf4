package io.sightglass.engine.ingest.erasure;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sightglass.engine.database.MetadataDatabase;
import io.sightglass.engine.database.Transaction;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Erasures in the metadata database. Thread-safe. */
final class ErasureRows {

  private static final ObjectMapper JSON = new ObjectMapper();

  private final MetadataDatabase database;

  ErasureRows(MetadataDatabase database) {
    this.database = database;
  }

  /** Writes an erasure as it is now. */
  void put(Erasure erasure) {
    database.inTransaction(transaction -> put(transaction, erasure));
  }

  static int put(Transaction transaction, Erasure erasure) {
    String certificate;
    try {
      certificate = JSON.writeValueAsString(erasure);
    } catch (JsonProcessingException impossible) {
      throw new IllegalStateException(impossible);
    }
    @Nullable Instant ended = erasure.endedAt() == null ? null : Instant.parse(erasure.endedAt());
    return transaction.update(
        """
        INSERT INTO erasures (id, dataset, state, requested_by, requested_at, ended_at,
          certificate) VALUES (?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET state = excluded.state, ended_at = excluded.ended_at,
          certificate = excluded.certificate\
        """,
        erasure.id(),
        erasure.dataset(),
        erasure.state(),
        erasure.requestedBy(),
        Instant.parse(erasure.requestedAt()),
        ended,
        certificate);
  }

  Optional<Erasure> find(String id) {
    return database.read(transaction -> find(transaction, id));
  }

  /** One that is known to be there. */
  Erasure require(String id) {
    return find(id).orElseThrow(() -> new IllegalStateException("no erasure " + id));
  }

  static Optional<Erasure> find(Transaction transaction, String id) {
    return transaction.find(
        "SELECT certificate FROM erasures WHERE id = ?",
        row -> erasure(row.text("certificate")),
        id);
  }

  /** Those that have not come to their end, the oldest first. */
  List<Erasure> open() {
    return database.read(transaction ->
        transaction.list(
            "SELECT certificate FROM erasures WHERE state <> 'DONE' ORDER BY requested_at, id",
            row -> erasure(row.text("certificate"))));
  }

  /** Every one, the oldest first. */
  List<Erasure> all() {
    return database.read(transaction ->
        transaction.list(
            "SELECT certificate FROM erasures ORDER BY requested_at, id",
            row -> erasure(row.text("certificate"))));
  }

  static Erasure erasure(String certificate) {
    try {
      return JSON.readValue(certificate, Erasure.class);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("An erasure that cannot be read back", e);
    }
  }
}
