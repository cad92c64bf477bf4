package io.sightglass.web;

import static org.assertj.core.api.Assertions.assertThat;

import io.sightglass.engine.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What a user may meet is documented, and what documents point to is there. */
class DocumentationTest {

  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final Pattern LINK = Pattern.compile("\\]\\(([^)#:]+)(#[^)]*)?\\)");

  @ParameterizedTest
  @EnumSource
  void everyErrorCodeIsExplained(ErrorCode code) throws IOException {
    assertThat(read("docs/user-guide.md")).contains("`" + code + "`");
  }

  @Test
  void everyShippedViewAndQueryIsListed() throws IOException {
    String guide = read("docs/user-guide.md");
    try (Stream<Path> files = Files.walk(ROOT.resolve("sql-views"), 2)) {
      List<Path> definitions = files.filter(file -> file.toString().endsWith(".sql")).toList();
      assertThat(definitions).isNotEmpty();
      for (Path file : definitions) {
        if (!file.endsWith("macros.sql")) {
          String schema = file.getParent().getFileName().toString();
          String name = file.getFileName().toString().replaceFirst("(\\.query)?\\.sql$", "");
          assertThat(guide).contains("`" + schema + "." + name + "`");
        }
      }
    }
  }

  @Test
  void everyLinkLeadsToAFile() throws IOException {
    List<String> broken = new ArrayList<>();
    for (Path page : pages()) {
      for (MatchResult link : LINK.matcher(Files.readString(page)).results().toList()) {
        if (!Files.exists(page.resolveSibling(link.group(1)))) {
          broken.add(ROOT.relativize(page) + " -> " + link.group(1));
        }
      }
    }
    assertThat(broken).isEmpty();
  }

  private static List<Path> pages() throws IOException {
    List<Path> pages = new ArrayList<>();
    for (String folder : List.of("", "docs", "sql-views", "k8s")) {
      try (Stream<Path> files = Files.list(ROOT.resolve(folder))) {
        files.filter(file -> file.toString().endsWith(".md")).forEach(pages::add);
      }
    }
    return pages;
  }

  private static String read(String page) throws IOException {
    return Files.readString(ROOT.resolve(page));
  }
}
