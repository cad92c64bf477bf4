package io.sightglass.web.wiring;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/** The service's own folder: mode 0700, and ignored by git wherever it stands. */
final class DataFolder {

  private DataFolder() {}

  static void create(Path data) throws IOException {
    if (Files.isDirectory(data)) {
      return;
    }
    Path parent = data.getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    createPrivate(data);
    Files.writeString(data.resolve(".gitignore"), "*\n");
  }

  /** Makes a folder that only its owner may enter; nothing happens when it is there. */
  static void createPrivate(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      Files.createDirectory(
          folder,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    }
  }
}
