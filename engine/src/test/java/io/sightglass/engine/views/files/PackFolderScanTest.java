package io.sightglass.engine.views.files;

import static org.assertj.core.api.Assertions.assertThat;

import io.sightglass.engine.views.Mistake;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is read of a folder, and what is refused. */
class PackFolderScanTest {

  @TempDir Path temporary;

  private Path folder;

  @BeforeEach
  void setUp() throws IOException {
    folder = Files.createDirectory(temporary.resolve("pack"));
    write("roles.yaml", "roles: {}\n".getBytes(StandardCharsets.UTF_8));
  }

  private void write(String path, byte[] bytes) throws IOException {
    Path file = folder.resolve(path);
    Files.createDirectories(file.getParent());
    Files.write(file, bytes);
  }

  private void write(String path) throws IOException {
    write(path, "x".getBytes(StandardCharsets.UTF_8));
  }

  private List<String> mistakes() {
    return PackFolderScan.scan(folder).mistakes().stream().map(Mistake::toString).toList();
  }

  @Test
  void filesThatAreNoneOfThePackAreIgnored() throws IOException {
    write("README.md");
    write("pom.xml");
    write("access.md");
    write(".gitignore");
    write("target/classes/a.class");
    write("tests/care.visits/analyst.csv");
    write("care/README.md");
    write("care/.swp");

    assertThat(mistakes()).isEmpty();
    assertThat(PackFolderScan.scan(folder).files())
        .extracting(PackFile::path)
        .containsExactly("roles.yaml");
  }

  @Test
  void anUnexpectedFileInsideASchemaIsAMistake() throws IOException {
    write("care/visits.yml");
    write("care/notes.txt");
    write("care/deeper/x.sql");
    write("macro.sql");

    assertThat(mistakes())
        .hasSize(4)
        .anyMatch(text -> text.startsWith("care/visits.yml:1: UNEXPECTED_FILE"))
        .anyMatch(text -> text.startsWith("care/notes.txt:1: UNEXPECTED_FILE"))
        .anyMatch(text -> text.startsWith("care/deeper:1: UNEXPECTED_FILE"))
        .anyMatch(text -> text.endsWith("did you mean \"macros.sql\"?"));
  }

  @Test
  void badAndReservedNamesAreMistakes() throws IOException {
    write("Care/x.sql");
    write("vault/x.sql");
    write("open/x.sql");
    write("care/My-View.sql");
    write("care/grants.sql");

    assertThat(mistakes())
        .anyMatch(text -> text.startsWith("Care/:1: BAD_NAME: schema \"Care\""))
        .anyMatch(text -> text.startsWith("vault/:1: BAD_NAME"))
        .anyMatch(text -> text.startsWith("open/:1: BAD_NAME"))
        .anyMatch(text -> text.startsWith("care/My-View.sql:1: BAD_NAME"))
        .anyMatch(text -> text.startsWith("care/grants.sql:1: BAD_NAME"))
        .hasSize(5);
  }

  @Test
  void encodingsAndLineEndsAreTolerated() throws IOException {
    write("care/a.sql", "\uFEFFeins\r\nzwei\rdrei ä".getBytes(StandardCharsets.UTF_8));
    write("care/b.sql", "\uFEFFeins\r\nzwei\rdrei ä".getBytes(StandardCharsets.UTF_16LE));
    write("care/c.sql", "\uFEFFeins\r\nzwei\rdrei ä".getBytes(StandardCharsets.UTF_16BE));

    assertThat(PackFolderScan.scan(folder).endingWith(".sql"))
        .extracting(PackFile::text)
        .containsOnly("eins\nzwei\ndrei ä");
  }

  @Test
  void bytesThatAreNoTextAreAMistakeWithTheirLine() throws IOException {
    write("care/a.sql", new byte[] {'a', '\n', 'b', '\n', (byte) 0xE4, 'c'});
    write("care/b.sql", new byte[] {'a', '\n', 0, 'c'});
    write("care/c.sql", new byte[(1 << 20) + 1]);

    assertThat(mistakes())
        .anyMatch(text -> text.startsWith("care/a.sql:3: UNREADABLE_FILE"))
        .anyMatch(text -> text.startsWith("care/b.sql:2: UNREADABLE_FILE"))
        .anyMatch(text -> text.startsWith("care/c.sql:1: UNREADABLE_FILE"))
        .hasSize(3);
  }

  @Test
  void linksOutOfTheFolderAreRefusedAndLinksInsideAreFollowed() throws IOException {
    Path outside = Files.writeString(temporary.resolve("secret.sql"), "secret");
    write("..data/good.sql");
    Files.createDirectories(folder.resolve("care"));
    Files.createSymbolicLink(folder.resolve("care/bad.sql"), outside);
    Files.createSymbolicLink(folder.resolve("care/good.sql"), folder.resolve("..data/good.sql"));
    Files.createSymbolicLink(folder.resolve("other"), temporary);

    PackFiles files = PackFolderScan.scan(folder);

    assertThat(files.files())
        .extracting(PackFile::path)
        .containsExactly("care/good.sql", "roles.yaml");
    assertThat(mistakes())
        .anyMatch(text -> text.startsWith("care/bad.sql:1: UNREADABLE_FILE"))
        .anyMatch(text -> text.startsWith("other/:1: UNREADABLE_FILE"))
        .noneMatch(text -> text.contains("secret"));
  }

  @Test
  void withoutRolesThereIsNoPack() throws IOException {
    Files.delete(folder.resolve("roles.yaml"));

    assertThat(mistakes()).singleElement().asString().startsWith("roles.yaml:1: MISSING_FILE");
  }

  @Test
  void theVersionChangesWithWhatMeansSomething() throws IOException {
    write("care/a.sql");
    String version = PackFolderScan.scan(folder).version();

    write("README.md");
    assertThat(PackFolderScan.scan(folder).version()).isEqualTo(version);

    Files.move(folder.resolve("care/a.sql"), folder.resolve("care/b.sql"));
    assertThat(PackFolderScan.scan(folder).version()).isNotEqualTo(version);
  }
}
