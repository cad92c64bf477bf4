package io.sightglass.engine.ingest;

import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.views.files.ContractReader;
import io.sightglass.engine.views.files.Mistakes;
import io.sightglass.engine.views.files.PackFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * One case of the corpus: a contract, the files that are delivered under it one after the other,
 * and what becomes of each. Immutable; the corpus' README says how a case is written.
 *
 * @param name its folder and file
 * @param dataset of a name of its own
 */
record CorpusCase(Path file, String name, Dataset dataset, List<Delivered> deliveries) {

  /** One file of a case, in its parts, and the outcome expected of it. */
  record Delivered(String key, List<CorpusFile> parts, List<String> outcome) {}

  private record Section(String title, List<String> lines) {}

  static CorpusCase read(Path file) {
    String folder = file.getName(file.getNameCount() - 2).toString();
    String name = file.getFileName().toString().replace(".case", "");
    try {
      List<Section> sections = sections(Files.readAllLines(file));
      return new CorpusCase(
          file,
          folder + "/" + name,
          dataset(file, (folder + "_" + name).replace('-', '_'), sections),
          deliveries(sections));
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private static List<Section> sections(List<String> lines) {
    List<Section> sections = new ArrayList<>();
    for (String line : lines) {
      if (line.startsWith("== ")) {
        sections.add(new Section(line.substring(3).strip(), new ArrayList<>()));
      } else if (!sections.isEmpty()) {
        sections.getLast().lines().add(line);
      } else if (!line.startsWith("#")) {
        throw new IllegalArgumentException("A case begins with what it is about, behind a #");
      }
    }
    return sections;
  }

  private static List<Delivered> deliveries(List<Section> sections) {
    List<Delivered> deliveries = new ArrayList<>();
    for (Section section : sections) {
      List<String> steps = Arrays.asList(section.title().split(" \\| ", -1));
      String kind = steps.getFirst().split(" ", 2)[0];
      CorpusFile part =
          kind.equals("file") || kind.equals("and")
              ? CorpusFile.of(section.lines(), steps.subList(1, steps.size()))
              : CorpusFile.of(List.of(), List.of());
      switch (kind) {
        case "file" ->
            deliveries.add(
                new Delivered(
                    key(steps.getFirst().substring(5)),
                    new ArrayList<>(List.of(part)),
                    new ArrayList<>()));
        case "and" -> deliveries.getLast().parts().add(part);
        case "outcome" ->
            section.lines().stream()
                .filter(line -> !line.isBlank())
                .forEach(deliveries.getLast().outcome()::add);
        case "contract" -> {}
        default ->
            throw new IllegalArgumentException(
                "\"%s\"; allowed: contract, file, and, outcome".formatted(section.title()));
      }
    }
    return deliveries;
  }

  private static String key(String written) {
    return new String(
        CorpusFile.of(List.of(written), List.of("open")).unpacked(), StandardCharsets.UTF_8);
  }

  private static Dataset dataset(Path file, String name, List<Section> sections)
      throws IOException {
    String ending =
        sections.stream()
            .filter(section -> section.title().startsWith("file "))
            .findFirst()
            .orElseThrow()
            .title();
    String format =
        ending.contains(".ndjson")
            ? "ndjson"
            : ending.contains(".avro") ? "avro" : ending.contains(".parquet") ? "parquet" : "csv";
    List<String> lines = new ArrayList<>();
    for (Section section : sections) {
      if (section.title().equals("contract")) {
        lines.addAll(section.lines());
      }
    }
    List<String> whole = new ArrayList<>();
    for (String line :
        Files.readAllLines(file.resolveSibling("../contracts/" + format + ".yaml"))) {
      String key = line.split(":", 2)[0];
      // What the case says about a key counts instead of what all have in common.
      if (line.startsWith(" ") ? !whole.isEmpty() && !has(lines, "columns") : !has(lines, key)) {
        whole.add(line);
      }
    }
    lines.stream().map(CorpusCase::described).forEach(whole::add);
    String text = String.join("\n", whole) + "\n";
    Mistakes mistakes = new Mistakes();
    Dataset dataset =
        new ContractReader(mistakes)
            .read(new PackFile("corpus.yaml", text), QualifiedName.parse("corpus." + name))
            .dataset();
    if (mistakes.count() > 0) {
      throw new IllegalArgumentException(name + ": " + mistakes.mistakes() + "\n" + text);
    }
    return dataset;
  }

  private static boolean has(List<String> lines, String key) {
    return lines.stream().anyMatch(line -> line.startsWith(key + ":"));
  }

  /** A column without them is of no sensitivity, and described by its name. */
  private static String described(String line) {
    if (!line.startsWith("  - {name:")) {
      return line;
    }
    String whole =
        line.contains("sensitivity:") ? line : line.replaceFirst("\\}$", ", sensitivity: none}");
    return whole.contains("description:")
        ? whole
        : whole.replaceFirst("\\}$", ", description: A column}");
  }

  @Override
  public String toString() {
    return name;
  }
}
