package io.sightglass.engine.storage;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The keys of the regular files below a folder, in the order in which S3 would list them. */
final class FolderListing {

  private static final Logger LOG = LoggerFactory.getLogger(FolderListing.class);

  private static final Comparator<String> KEY_ORDER =
      (a, b) ->
          Arrays.compareUnsigned(
              a.getBytes(StandardCharsets.UTF_8), b.getBytes(StandardCharsets.UTF_8));

  private FolderListing() {}

  /** Keys that start with {@code prefix}; one folder is read at a time, links are left out. */
  static Stream<String> of(Path root, String prefix, String leftOut) {
    int slash = prefix.lastIndexOf('/');
    String start = prefix.substring(0, slash + 1);
    if (!start.isEmpty()) {
      ObjectKeys.check(start.substring(0, start.length() - 1));
    }
    if (start.startsWith(leftOut) || leadsThroughLink(root, start)) {
      return Stream.empty();
    }
    return below(root, start).filter(key -> key.startsWith(prefix) && !key.startsWith(leftOut));
  }

  private static boolean leadsThroughLink(Path root, String start) {
    Path folder = root.resolve(start);
    try {
      return !folder.toRealPath().equals(folder.normalize());
    } catch (NoSuchFileException | NotDirectoryException e) {
      return true; // not there: nothing to list
    } catch (IOException e) {
      throw LocalObjectStore.listingFailed(e);
    }
  }

  private static Stream<String> below(Path root, String folder) {
    return entries(root, folder).stream()
        .sorted(KEY_ORDER)
        .flatMap(key -> key.endsWith("/") ? below(root, key) : Stream.of(key));
  }

  /** Keys of files, and of folders with a closing slash. */
  private static List<String> entries(Path root, String folder) {
    List<String> keys = new ArrayList<>();
    try (DirectoryStream<Path> paths = Files.newDirectoryStream(root.resolve(folder))) {
      for (Path path : paths) {
        String key = folder + path.getFileName();
        if (ObjectKeys.mistake(key) != null) {
          LOG.warn("A file or folder is left out of a listing: its name can be no key");
        } else if (Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
          keys.add(key);
        } else if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
          keys.add(key + "/");
        }
      }
    } catch (NoSuchFileException | NotDirectoryException e) {
      return keys; // removed meanwhile
    } catch (DirectoryIteratorException e) {
      throw LocalObjectStore.listingFailed(new IOException(e));
    } catch (IOException e) {
      throw LocalObjectStore.listingFailed(e);
    }
    return keys;
  }
}
