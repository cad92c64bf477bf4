package io.sightglass.web.cli.check;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.access.Principal;
import io.sightglass.engine.ingest.ledger.Load;
import io.sightglass.engine.query.Parameters;
import io.sightglass.engine.query.RunningStatement;
import io.sightglass.engine.query.StatementRequest;
import io.sightglass.engine.result.Chunk;
import io.sightglass.engine.result.ResultEncoders;
import io.sightglass.engine.result.ResultFormat;
import io.sightglass.engine.result.ResultStream;
import io.sightglass.engine.views.ViewPack;
import io.sightglass.web.wiring.Engine;
import io.sightglass.web.wiring.Settings;
import io.sightglass.web.wiring.TemporaryEngine;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * An engine over a pack and the files of its {@code tests/landing}, in a folder that goes with it.
 * Not thread-safe; whoever opens it closes it.
 */
final class Trial implements AutoCloseable {

  /** Golden results hold pseudonyms, so their secret is the same everywhere. */
  private static final String SECRET = "5ea1".repeat(16);

  private static final long MEMORY_BYTES = 512_000_000;
  private static final long SPILL_BYTES = 1_000_000_000;

  private final TemporaryEngine temporary;
  private final Engine engine;

  private Trial(TemporaryEngine temporary) {
    this.temporary = temporary;
    this.engine = temporary.engine();
  }

  /** Opens an engine over {@code views} and {@code landing}, in neither of which it writes. */
  static Trial open(Path views, Path landing) throws IOException {
    return new Trial(
        TemporaryEngine.open(
            null,
            views,
            landing.toUri(),
            SECRET,
            new Settings.EngineSize(
                MEMORY_BYTES, Runtime.getRuntime().availableProcessors(), SPILL_BYTES)));
  }

  /** Loads every file of the landing folder; what became of each. */
  List<Load> load() {
    engine.loads().scan();
    List<Load> loads = engine.loads().runDue();
    engine.refreshes().runDue();
    return loads;
  }

  ViewPack pack() {
    return engine.pack();
  }

  /** Every view that the persona may read. */
  List<QualifiedName> viewsOf(Principal persona) {
    return engine.policies().compile(pack(), persona).views().keySet().stream().sorted().toList();
  }

  /** Where the rows that a direct column held as they came are, and where its masked form is. */
  Path tables(String side) {
    return folder().resolve("warehouse").resolve(side);
  }

  /** A folder for whatever else the check needs. */
  Path folder() {
    return temporary.folder();
  }

  /**
   * A statement's answer as CSV, through every wall that a caller's statement goes through.
   *
   * @throws EngineException as the caller would see it
   */
  String ask(Principal persona, String sql) {
    RunningStatement<ResultStream> statement =
        engine
            .statements()
            .execute(
                new StatementRequest(sql, Parameters.NONE, null, OptionalLong.empty(), null, "csv"),
                persona,
                ResultEncoders.of(ResultFormat.CSV));
    try {
      ResultStream stream = statement.opened().join();
      return CompletableFuture.supplyAsync(() -> read(stream), statement.executor()).join();
    } catch (CompletionException e) {
      throw e.getCause() instanceof EngineException known
          ? known
          : new EngineException(ErrorCode.INTERNAL, "The statement failed unforeseen", e);
    }
  }

  private static String read(ResultStream stream) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (stream) {
      for (Chunk chunk = stream.next(); chunk != null; chunk = stream.next()) {
        for (ByteBuffer buffer : chunk.buffers()) {
          byte[] part = new byte[buffer.remaining()];
          buffer.duplicate().get(part);
          bytes.writeBytes(part);
        }
        chunk.release();
      }
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    temporary.close();
  }
}
