package io.sightglass.engine.alert;

/** Is told of each change of an alert, after it is stored. */
@FunctionalInterface
public interface AlertListener {

  /** What happened to it. */
  enum Change {
    OPENED,
    REPEATED,
    ACKNOWLEDGED,
    ASSIGNED,
    RESOLVED,
    REOPENED
  }

  /** Must not block; what it throws is logged and does not undo the change. */
  void alertChanged(Alert alert, Change change);
}
