package io.sightglass.web.wiring;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/** The name of a replica among those that share a database, kept in its data folder. */
final class ReplicaName {

  private static final String FILE = "replica";

  private ReplicaName() {}

  /** The name of the replica that has this data folder, made at its first start. */
  static String of(Path data) {
    Path file = data.resolve(FILE);
    try {
      if (!Files.exists(file)) {
        try {
          Files.writeString(file, UUID.randomUUID() + "\n", StandardOpenOption.CREATE_NEW);
        } catch (FileAlreadyExistsException first) {
          // Another process of this folder was first; it will not get past the folder's locks.
        }
      }
      return Files.readString(file).strip();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
