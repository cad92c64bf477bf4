package io.sightglass.engine.views.files;

/**
 * A line of a file of the pack. Immutable.
 *
 * @param path below the pack's folder, with {@code /}
 * @param line from 1
 */
public record Place(String path, int line) {

  /** The place {@code lines} further down. */
  public Place down(int lines) {
    return new Place(path, line + lines);
  }
}
