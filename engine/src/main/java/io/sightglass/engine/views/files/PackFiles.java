package io.sightglass.engine.views.files;

import io.sightglass.engine.views.Mistake;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * Every file of a pack that means something, as it was at one look. Immutable.
 *
 * @param files in the order of their paths
 * @param mistakes what could not be read, or lies where nothing of its kind belongs
 */
public record PackFiles(List<PackFile> files, List<Mistake> mistakes) {

  public PackFiles {
    files = List.copyOf(files);
    mistakes = List.copyOf(mistakes);
  }

  /** Changes whenever a file that means something does, or what is wrong with the folder. */
  public String version() {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (PackFile file : files) {
        add(digest, file.path());
        add(digest, file.text());
      }
      for (Mistake mistake : mistakes) {
        add(digest, mistake.toString());
      }
      return HexFormat.of().formatHex(digest.digest(), 0, 16);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java has SHA-256", e);
    }
  }

  public Optional<PackFile> find(String path) {
    return files.stream().filter(file -> file.path().equals(path)).findFirst();
  }

  /** The files whose names end so, below schema folders. */
  public List<PackFile> endingWith(String end) {
    return files.stream()
        .filter(file -> file.path().contains("/") && !file.path().startsWith("tests/"))
        .filter(file -> file.path().endsWith(end))
        .toList();
  }

  private static void add(MessageDigest digest, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    digest.update((bytes.length + ":").getBytes(StandardCharsets.US_ASCII));
    digest.update(bytes);
  }
}
