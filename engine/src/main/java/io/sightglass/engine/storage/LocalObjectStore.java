package io.sightglass.engine.storage;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * An object store that is a folder of this machine. Thread-safe; several processes may share it.
 *
 * <p>An object is written aside, forced to the disk and renamed, so that it appears whole or not at
 * all, also after a crash. Symbolic links below the root are neither listed nor followed. The ETag
 * is made of inode, size and time of change: content that is overwritten in place, with the same
 * length and within one tick of the file system's clock, keeps it; what this class writes does not.
 */
public final class LocalObjectStore implements ObjectStore {

  /** Who may read what the store writes. */
  public enum Privacy {
    /** As the process's umask says. */
    SHARED,
    /** The owner alone: folders 0700, files 0600. */
    PRIVATE
  }

  /** Where objects are written before they appear; no key leads there. */
  static final String UNFINISHED = ".sightglass-unfinished";

  private static final int MOST_ATTEMPTS = 100;

  private final Path root;
  private final FileAttribute<?>[] folderMode;
  private final FileAttribute<?>[] fileMode;

  /** A store below {@code root}, which is made if absent. */
  public LocalObjectStore(Path root, Privacy privacy) {
    this.folderMode = mode(privacy, "rwx------");
    this.fileMode = mode(privacy, "rw-------");
    try {
      Files.createDirectories(root, folderMode);
      this.root = root.toRealPath();
      if (privacy == Privacy.PRIVATE) {
        Files.setPosixFilePermissions(this.root, PosixFilePermissions.fromString("rwx------"));
      }
    } catch (IOException e) {
      throw unavailable("The store's folder cannot be made or opened", e);
    }
  }

  private static FileAttribute<?>[] mode(Privacy privacy, String permissions) {
    return switch (privacy) {
      case SHARED -> new FileAttribute<?>[0];
      case PRIVATE ->
          new FileAttribute<?>[] {
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
          };
    };
  }

  @Override
  public Stream<StoredObject> list(String prefix) {
    return FolderListing.of(root, prefix, UNFINISHED).flatMap(key -> find(key).stream());
  }

  @Override
  public Optional<StoredObject> find(String key) {
    Path path = resolve(key);
    try {
      if (!isPlain(path)) {
        return Optional.empty();
      }
      Map<String, Object> attributes =
          Files.readAttributes(
              path,
              "unix:ino,size,lastModifiedTime,ctime,isRegularFile",
              LinkOption.NOFOLLOW_LINKS);
      if (!Boolean.TRUE.equals(attributes.get("isRegularFile"))) {
        return Optional.empty();
      }
      FileTime modified = attribute(attributes, "lastModifiedTime", FileTime.class);
      FileTime changed = attribute(attributes, "ctime", FileTime.class);
      long size = attribute(attributes, "size", Long.class);
      String etag =
          "%x-%x-%x"
              .formatted(
                  attribute(attributes, "ino", Long.class),
                  size,
                  Math.max(modified.to(TimeUnit.NANOSECONDS), changed.to(TimeUnit.NANOSECONDS)));
      return Optional.of(new StoredObject(key, etag, null, size, modified.toInstant()));
    } catch (NoSuchFileException | NotDirectoryException e) {
      return Optional.empty();
    } catch (IOException e) {
      throw unavailable("An object cannot be looked up", e);
    }
  }

  private static <T> T attribute(Map<String, Object> attributes, String name, Class<T> type) {
    return type.cast(Objects.requireNonNull(attributes.get(name), name));
  }

  @Override
  public InputStream read(String key, long offset) {
    try {
      FileChannel channel =
          FileChannel.open(plainFile(key), StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS);
      channel.position(offset);
      return Channels.newInputStream(channel);
    } catch (IOException e) {
      throw unavailable("An object cannot be read", e);
    }
  }

  @Override
  public StoredObject put(String key, Path file) {
    Path target = resolve(key);
    Path unfinished = null;
    try {
      unfinished = writeAside(file);
      moveInto(unfinished, target);
      force(parent(target));
    } catch (IOException e) {
      discard(unfinished, e);
      throw writeFailure(e);
    }
    return stored(key);
  }

  private void moveInto(Path unfinished, Path target) throws IOException {
    for (int attempt = 1; ; attempt++) {
      try {
        makeParents(target);
        Files.move(
            unfinished,
            target,
            StandardCopyOption.ATOMIC_MOVE,
            StandardCopyOption.REPLACE_EXISTING);
        return;
      } catch (NoSuchFileException e) {
        if (attempt == MOST_ATTEMPTS) {
          throw e;
        } // else somebody has removed the last object of its folder meanwhile
      }
    }
  }

  @Override
  public StoredObject create(String key, byte[] content) {
    Path target = resolve(key);
    Path unfinished = null;
    try {
      unfinished = writeAside(content);
      makeParents(target);
      Files.createLink(target, unfinished);
      force(parent(target));
      Files.delete(unfinished);
    } catch (FileAlreadyExistsException e) {
      discard(unfinished, e);
      return sameContent(key, target, content, e);
    } catch (IOException e) {
      discard(unfinished, e);
      throw writeFailure(e);
    }
    return stored(key);
  }

  @Override
  public void delete(String key) {
    Path path = resolve(key);
    try {
      if (isPlain(path) && Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS)) {
        Files.deleteIfExists(path);
        removeEmptyPartitions(parent(path));
      }
    } catch (NoSuchFileException e) {
      return; // gone already
    } catch (IOException e) {
      throw unavailable("An object cannot be deleted", e);
    }
  }

  /** The name of a partition's folder holds a value, which must not outlive its rows. */
  private void removeEmptyPartitions(Path last) throws IOException {
    try {
      for (Path folder = last; isPartition(folder); folder = parent(folder)) {
        Files.delete(folder);
      }
    } catch (DirectoryNotEmptyException | NoSuchFileException e) {
      return; // others are in it, or it has gone
    }
  }

  private boolean isPartition(Path folder) {
    return !folder.equals(root) && String.valueOf(folder.getFileName()).contains("=");
  }

  @Override
  public int removeUnfinished(Instant before) {
    Path folder = root.resolve(UNFINISHED);
    if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
      return 0;
    }
    int removed = 0;
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        if (lastModified(file).isBefore(before) && Files.deleteIfExists(file)) {
          removed++;
        }
      }
    } catch (IOException e) {
      throw unavailable("Unfinished writes cannot be removed", e);
    }
    return removed;
  }

  /** Of one that has just been finished: now. */
  private static Instant lastModified(Path file) throws IOException {
    try {
      return Files.getLastModifiedTime(file, LinkOption.NOFOLLOW_LINKS).toInstant();
    } catch (NoSuchFileException e) {
      return Instant.MAX;
    }
  }

  @Override
  public Optional<Path> findLocal(String key) {
    return find(key).map(found -> resolve(key));
  }

  @Override
  public String uri() {
    return "file:" + root;
  }

  private Path resolve(String key) {
    ObjectKeys.check(key);
    if (key.startsWith(UNFINISHED)) {
      throw new EngineException(
          ErrorCode.INVALID_REQUEST, "An object's key may not start with " + UNFINISHED);
    }
    try {
      return root.resolve(key);
    } catch (InvalidPathException e) {
      throw new EngineException(
          ErrorCode.INVALID_REQUEST,
          "An object's key holds characters that this machine's file names cannot have; is its"
              + " locale UTF-8?",
          e);
    }
  }

  private Path plainFile(String key) {
    return findLocal(key)
        .orElseThrow(
            () -> new EngineException(ErrorCode.NOT_FOUND, "There is no object of that key"));
  }

  /** Whether no part of {@code path} below the root is a symbolic link. */
  private static boolean isPlain(Path path) throws IOException {
    return path.toRealPath().equals(path);
  }

  private Path writeAside(byte[] content) throws IOException {
    Path path = newUnfinished();
    try (FileChannel channel = openNew(path)) {
      ByteBuffer buffer = ByteBuffer.wrap(content);
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
      channel.force(true);
    } catch (IOException e) {
      discard(path, e);
      throw e;
    }
    return path;
  }

  private Path writeAside(Path file) throws IOException {
    Path path = newUnfinished();
    try (FileChannel from = FileChannel.open(file, StandardOpenOption.READ);
        FileChannel to = openNew(path)) {
      long size = from.size();
      for (long at = 0; at < size; ) {
        at += from.transferTo(at, size - at, to);
      }
      to.force(true);
    } catch (IOException e) {
      discard(path, e);
      throw e;
    }
    return path;
  }

  private FileChannel openNew(Path path) throws IOException {
    return FileChannel.open(
        path, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), fileMode);
  }

  private Path newUnfinished() throws IOException {
    Path folder = root.resolve(UNFINISHED);
    Files.createDirectories(folder, folderMode);
    return folder.resolve(UUID.randomUUID().toString());
  }

  private void makeParents(Path target) throws IOException {
    Path folder = parent(target);
    if (Files.isDirectory(folder) && isPlain(folder)) {
      return;
    }
    Files.createDirectories(folder, folderMode);
    if (!isPlain(folder)) {
      throw new FileSystemException(folder.toString(), null, "leads through a symbolic link");
    }
    for (Path made = folder; !made.equals(root); made = parent(made)) {
      force(parent(made));
    }
  }

  private static Path parent(Path path) {
    Path parent = path.getParent();
    if (parent == null) {
      throw new IllegalArgumentException("A path without a parent");
    }
    return parent;
  }

  /** Makes a folder's new entries survive a crash. */
  private static void force(Path folder) throws IOException {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  private static void discard(@Nullable Path unfinished, Exception why) {
    if (unfinished != null) {
      try {
        Files.deleteIfExists(unfinished);
      } catch (IOException e) {
        why.addSuppressed(e);
      }
    }
  }

  private StoredObject sameContent(String key, Path target, byte[] content, IOException cause) {
    try {
      if (isPlain(target)
          && Files.isRegularFile(target)
          && Files.size(target) == content.length
          && Arrays.equals(Files.readAllBytes(target), content)) {
        return stored(key);
      }
    } catch (IOException e) {
      throw unavailable("An object that exists already cannot be compared", e);
    }
    throw new EngineException(
        ErrorCode.CONFLICT, "An object of that key exists with other content", cause);
  }

  private StoredObject stored(String key) {
    return find(key)
        .orElseThrow(() ->
            new EngineException(
                ErrorCode.STORE_UNAVAILABLE, "An object has gone while it was stored"));
  }

  private static EngineException writeFailure(IOException cause) {
    if (cause instanceof FileSystemException failure
        && (failure instanceof FileAlreadyExistsException
            || failure instanceof NotDirectoryException
            || String.valueOf(failure.getReason()).matches(".*([Dd]irectory|symbolic link).*"))) {
      return new EngineException(
          ErrorCode.INVALID_REQUEST,
          "An object cannot lie below another, nor where a folder or a link is",
          cause);
    }
    boolean full = String.valueOf(cause.getMessage()).contains("No space left");
    return unavailable(full ? "The store's disk is full" : "An object cannot be written", cause);
  }

  private static EngineException unavailable(String message, IOException cause) {
    return new EngineException(ErrorCode.STORE_UNAVAILABLE, message + reason(cause), cause);
  }

  /** What an operator can cure, as the end of a sentence. */
  private static String reason(IOException cause) {
    if (cause instanceof AccessDeniedException) {
      return ": the user that the service runs as lacks the right";
    }
    return String.valueOf(cause.getMessage()).contains("Read-only file system")
        ? ": the file system is read-only"
        : "";
  }

  /** The failure of a listing that is under way. */
  static EngineException listingFailed(IOException cause) {
    return unavailable("The store cannot be listed", cause);
  }
}
