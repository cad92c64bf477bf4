package io.sightglass.engine.sql;

/**
 * How large one value may become, as estimated before anything runs. Immutable.
 *
 * @param bytes of a text, or of all elements of a list
 * @param elements of a list; 1 for what is none
 */
record ValueSize(double bytes, double elements, Kind kind) {

  /** What is known of a value's type. */
  enum Kind {
    /** A number, a date, a truth value: always as large. */
    FIXED,
    TEXT,
    /** May be a list or a struct. */
    OPEN
  }

  static final ValueSize NUMBER = new ValueSize(16, 1, Kind.FIXED);

  /** A column of a view: of any type, and rarely larger. */
  static final ValueSize COLUMN = new ValueSize(1 << 10, 64, Kind.OPEN);

  /** A row of a view, taken as one struct. */
  static final ValueSize ROW = new ValueSize(16 << 10, 64, Kind.OPEN);

  /** A bound parameter. */
  static final ValueSize PARAMETER = new ValueSize(64 << 10, 1 << 12, Kind.OPEN);

  /** What an aggregate gathers from many rows into one value, within the memory limit. */
  static final ValueSize GATHERED = new ValueSize(128 << 10, 1 << 13, Kind.OPEN);

  static ValueSize text(double bytes) {
    return new ValueSize(bytes, 1, Kind.TEXT);
  }

  static ValueSize list(double bytes, double elements) {
    return new ValueSize(bytes, Math.max(1, elements), Kind.OPEN);
  }

  ValueSize plus(ValueSize other) {
    boolean texts = kind != Kind.OPEN && other.kind != Kind.OPEN;
    return new ValueSize(
        bytes + other.bytes, elements + other.elements, texts ? Kind.TEXT : Kind.OPEN);
  }

  ValueSize max(ValueSize other) {
    return new ValueSize(
        Math.max(bytes, other.bytes),
        Math.max(elements, other.elements),
        kind == other.kind ? kind : Kind.OPEN);
  }

  ValueSize times(double factor) {
    return new ValueSize(bytes * factor, elements * factor, kind);
  }

  /** An element of this list; of all its elements together, the average. */
  ValueSize element() {
    return kind == Kind.FIXED ? this : new ValueSize(bytes / elements, elements, Kind.OPEN);
  }

  double largest() {
    return Math.max(bytes, elements);
  }
}
