package io.sightglass.engine.duckdb;

import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.nio.ByteBuffer;
import org.duckdb.DuckDBConnection;

/**
 * The engine's interrupt flag of one connection, which the driver offers only while a statement is
 * inside {@code execute}: it does nothing for a result that streams, and blocks while the engine
 * binds.
 *
 * <p>Whoever uses it must know that the connection is open and stays so during the call.
 */
final class EngineInterrupt {

  private static final MethodHandle INTERRUPT;
  private static final MethodHandle CONNECTION;

  static {
    try {
      MethodHandles.Lookup driver =
          MethodHandles.privateLookupIn(DuckDBConnection.class, MethodHandles.lookup());
      INTERRUPT =
          driver.findStatic(
              driver.findClass("org.duckdb.DuckDBNative"),
              "duckdb_jdbc_interrupt",
              MethodType.methodType(void.class, ByteBuffer.class));
      CONNECTION = driver.findGetter(DuckDBConnection.class, "connRef", ByteBuffer.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private EngineInterrupt() {}

  /** Raises the flag; the engine lowers it when its next statement begins. */
  static void raise(DuckDBConnection connection) {
    try {
      INTERRUPT.invoke((ByteBuffer) CONNECTION.invoke(connection));
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException("The driver's interrupt failed", e);
    }
  }
}
