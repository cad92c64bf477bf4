package io.sightglass.engine.views.files;

/**
 * A file of the pack as text, lines ended by {@code \n} alone. Immutable.
 *
 * @param path below the pack's folder, with {@code /}
 */
public record PackFile(String path, String text) {

  /** Its name without folder. */
  public String fileName() {
    return path.substring(path.lastIndexOf('/') + 1);
  }

  /** The place of its first line. */
  public Place start() {
    return new Place(path, 1);
  }
}
