package io.sightglass.engine.views.files;

import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.Spelling;
import io.sightglass.engine.views.MistakeCode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Reads the files of a pack's folder: at the root {@code roles.yaml} and {@code macros.sql}, {@code
 * tests/personas.yaml}, and in every other folder, which is a schema, contracts, views, named
 * queries and grants. Sizes are bounded; no link out of the folder is followed.
 */
public final class PackFolderScan {

  /** Names that no schema may have. */
  public static final Set<String> RESERVED_SCHEMAS =
      Set.of(
          "raw",
          "vault",
          "catalog",
          "main",
          "temp",
          "system",
          "information_schema",
          "pg_catalog",
          "open",
          "tests");

  private static final List<String> ROOT_FILES = List.of("roles.yaml", "macros.sql");
  private static final String PERSONAS = "tests/personas.yaml";
  private static final Set<String> IGNORED_FOLDERS = Set.of("tests", "target");
  private static final String SCHEMA_FILES =
      "<dataset>.yaml, <view>.sql, <query>.query.sql, grants.yaml, README.md";
  private static final int MOST_BYTES = 1 << 20;
  private static final int MOST_FILES = 10_000;

  private final Path root;
  private final Mistakes mistakes = new Mistakes();
  private final List<PackFile> files = new ArrayList<>();

  private PackFolderScan(Path root) {
    this.root = root;
  }

  /** Reads the folder as it is now. A folder that is not there is one mistake. */
  public static PackFiles scan(Path folder) {
    PackFolderScan scan = new PackFolderScan(folder);
    scan.scanRoot();
    scan.files.sort(Comparator.comparing(PackFile::path));
    return new PackFiles(scan.files, scan.mistakes.mistakes());
  }

  private void scanRoot() {
    if (!Files.isDirectory(root)) {
      mistakes.add(new Place(".", 1), MistakeCode.MISSING_FILE, "no such folder", "a folder");
      return;
    }
    for (Path child : children(root)) {
      String name = name(child);
      if (name.startsWith(".")) {
        continue;
      }
      if (Files.isDirectory(child)) {
        scanFolder(child, name);
      } else if (ROOT_FILES.contains(name)) {
        read(child, name);
      } else if (Spelling.findLikest(name, ROOT_FILES).isPresent()) {
        mistakes.addUnknown(
            new Place(name, 1), MistakeCode.UNEXPECTED_FILE, "file", name, ROOT_FILES);
      }
    }
    if (Files.exists(root.resolve(PERSONAS))) {
      read(root.resolve(PERSONAS), PERSONAS);
    }
    if (files.stream().noneMatch(file -> file.path().equals("roles.yaml"))) {
      mistakes.add(
          new Place("roles.yaml", 1), MistakeCode.MISSING_FILE, "no such file; it must be there");
    }
  }

  private void scanFolder(Path folder, String schema) {
    if (IGNORED_FOLDERS.contains(schema)) {
      return;
    }
    Place place = new Place(schema + "/", 1);
    if (!isInside(folder)) {
      mistakes.add(place, MistakeCode.UNREADABLE_FILE, "a link out of the folder", "none");
      return;
    }
    if (!QualifiedName.isPart(schema)) {
      mistakes.add(place, MistakeCode.BAD_NAME, named("schema", schema), "[a-z][a-z0-9_]*");
    } else if (RESERVED_SCHEMAS.contains(schema)) {
      mistakes.add(place, MistakeCode.BAD_NAME, named("schema", schema), "no reserved name");
    }
    for (Path child : children(folder)) {
      scanSchemaFile(child, schema + "/" + name(child));
    }
  }

  private void scanSchemaFile(Path file, String path) {
    String name = name(file);
    if (name.startsWith(".") || name.equals("README.md")) {
      return;
    }
    Place place = new Place(path, 1);
    if (Files.isDirectory(file) || !(name.endsWith(".yaml") || name.endsWith(".sql"))) {
      mistakes.add(place, MistakeCode.UNEXPECTED_FILE, named("file", name), SCHEMA_FILES);
      return;
    }
    String definition = name.replaceFirst("(\\.query)?\\.sql$|\\.yaml$", "");
    if (!QualifiedName.isPart(definition)) {
      mistakes.add(place, MistakeCode.BAD_NAME, named("name", definition), "[a-z][a-z0-9_]*");
    } else if (definition.equals("grants") && !name.equals("grants.yaml")) {
      mistakes.add(place, MistakeCode.BAD_NAME, named("name", definition), "no reserved name");
    }
    read(file, path);
  }

  private void read(Path file, String path) {
    Place place = new Place(path, 1);
    if (files.size() >= MOST_FILES) {
      mistakes.add(
          new Place(".", 1),
          MistakeCode.UNREADABLE_FILE,
          "more than %d files; allowed: at most that many".formatted(MOST_FILES));
      return;
    }
    if (!isInside(file)) {
      mistakes.add(place, MistakeCode.UNREADABLE_FILE, "a link out of the folder", "none");
      return;
    }
    try (InputStream stream = Files.newInputStream(file)) {
      byte[] bytes = stream.readNBytes(MOST_BYTES + 1);
      if (bytes.length > MOST_BYTES) {
        mistakes.add(
            place,
            MistakeCode.UNREADABLE_FILE,
            "more than 1 MB",
            "at most %d".formatted(MOST_BYTES));
        return;
      }
      String text = decode(bytes, path);
      if (text != null) {
        files.add(new PackFile(path, text.replace("\r\n", "\n").replace('\r', '\n')));
      }
    } catch (IOException e) {
      mistakes.add(place, MistakeCode.UNREADABLE_FILE, "a file that cannot be read", "a text file");
    }
  }

  private @Nullable String decode(byte[] bytes, String path) {
    Charset charset = StandardCharsets.UTF_8;
    int skip = 0;
    if (startsWith(bytes, 0xEF, 0xBB, 0xBF)) {
      skip = 3;
    } else if (startsWith(bytes, 0xFE, 0xFF)) {
      charset = StandardCharsets.UTF_16BE;
      skip = 2;
    } else if (startsWith(bytes, 0xFF, 0xFE)) {
      charset = StandardCharsets.UTF_16LE;
      skip = 2;
    }
    ByteBuffer content = ByteBuffer.wrap(bytes, skip, bytes.length - skip);
    try {
      String text =
          charset
              .newDecoder()
              .onMalformedInput(CodingErrorAction.REPORT)
              .onUnmappableCharacter(CodingErrorAction.REPORT)
              .decode(content)
              .toString();
      int nul = text.indexOf('\0');
      if (nul < 0) {
        return text;
      }
      mistakes.add(
          lineAt(path, text.substring(0, nul)),
          MistakeCode.UNREADABLE_FILE,
          "a character NUL",
          "text");
    } catch (CharacterCodingException e) {
      mistakes.add(
          lineAt(path, new String(bytes, 0, content.position(), StandardCharsets.ISO_8859_1)),
          MistakeCode.UNREADABLE_FILE,
          "bytes that are no %s text".formatted(charset),
          "UTF-8, or UTF-16 with a byte order mark");
    }
    return null;
  }

  private static Place lineAt(String path, String before) {
    return new Place(path, 1 + (int) before.chars().filter(c -> c == '\n').count());
  }

  private static boolean startsWith(byte[] bytes, int... start) {
    if (bytes.length < start.length) {
      return false;
    }
    for (int i = 0; i < start.length; i++) {
      if ((bytes[i] & 0xFF) != start[i]) {
        return false;
      }
    }
    return true;
  }

  private boolean isInside(Path file) {
    try {
      return file.toRealPath().startsWith(root.toRealPath());
    } catch (IOException e) {
      return false;
    }
  }

  private List<Path> children(Path folder) {
    try (Stream<Path> list = Files.list(folder)) {
      return list.sorted().toList();
    } catch (IOException e) {
      mistakes.add(
          new Place(root.relativize(folder).toString(), 1),
          MistakeCode.UNREADABLE_FILE,
          "a folder that cannot be read",
          "a folder");
      return List.of();
    }
  }

  private static String name(Path path) {
    return String.valueOf(path.getFileName());
  }

  private static String named(String what, String name) {
    return "%s \"%s\"".formatted(what, name);
  }
}
