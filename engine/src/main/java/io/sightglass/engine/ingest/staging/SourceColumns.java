package io.sightglass.engine.ingest.staging;

import io.sightglass.engine.dataset.Column;
import io.sightglass.engine.dataset.Dataset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Which cell of a staged record holds which column of the contract. Immutable.
 *
 * @param count of the cells of a record
 * @param cells by the contract's order: the index of the cell, from 0; -1 where the source has none
 * @param unknown names of the source that the contract does not use, in the source's order
 */
public record SourceColumns(int count, List<Integer> cells, List<String> unknown) {

  public SourceColumns {
    cells = List.copyOf(cells);
    unknown = List.copyOf(unknown);
  }

  /** The contract's columns in its order: for sources without a header, and for named values. */
  static SourceColumns inOrder(Dataset dataset, List<String> unknown) {
    List<Integer> cells = new ArrayList<>();
    for (int index = 0; index < dataset.columns().size(); index++) {
      cells.add(index);
    }
    return new SourceColumns(cells.size(), cells, unknown);
  }

  /**
   * Matches the fields of a typed file by name; a column may come from several of them.
   *
   * @throws BrokenFileException when it holds nothing of this dataset, or a required column is
   *     missing
   */
  static SourceColumns ofFields(Dataset dataset, List<String> fields) {
    List<Integer> cells = new ArrayList<>();
    Set<String> used = new HashSet<>();
    List<String> missing = new ArrayList<>();
    for (Column column : dataset.columns()) {
      List<String> present = column.from().stream().filter(fields::contains).toList();
      used.addAll(present);
      cells.add(present.isEmpty() ? -1 : fields.indexOf(present.getFirst()));
      if (present.isEmpty() && column.constraints().required()) {
        missing.add(String.join("\" or \"", column.from()));
      }
    }
    if (used.isEmpty()) {
      throw new BrokenFileException(
          FileFault.MALFORMED,
          "None of the file's %d fields is a column of the contract".formatted(fields.size()));
    }
    if (!missing.isEmpty()) {
      throw new BrokenFileException(
          FileFault.MISSING_COLUMN,
          "The file lacks \"%s\", which the contract requires"
              .formatted(String.join("\", \"", missing)));
    }
    List<String> unknown = fields.stream().filter(name -> !used.contains(name)).toList();
    return new SourceColumns(fields.size(), cells, unknown);
  }

  /**
   * Matches a header by name, whatever its order.
   *
   * @throws BrokenFileException when it is no header of this dataset
   */
  static SourceColumns ofHeader(Dataset dataset, List<String> header) {
    List<Integer> cells = new ArrayList<>();
    Set<String> used = new HashSet<>();
    List<String> missing = new ArrayList<>();
    for (Column column : dataset.columns()) {
      int cell = -1;
      for (String name : column.from()) {
        cell = header.indexOf(name);
        if (cell >= 0) {
          if (header.lastIndexOf(name) != cell) {
            throw new BrokenFileException(
                FileFault.MALFORMED,
                "The header names \"%s\" twice; allowed: once".formatted(name));
          }
          used.add(name);
          break;
        }
      }
      if (cell < 0 && column.constraints().required()) {
        missing.add(String.join("\" or \"", column.from()));
      }
      cells.add(cell);
    }
    if (used.isEmpty()) {
      throw new BrokenFileException(
          FileFault.MALFORMED,
          "The first line is no header: none of its %d cells is a column of the contract"
              .formatted(header.size()));
    }
    if (!missing.isEmpty()) {
      throw new BrokenFileException(
          FileFault.MISSING_COLUMN,
          "The header lacks \"%s\", which the contract requires"
              .formatted(String.join("\", \"", missing)));
    }
    List<String> unknown = header.stream().filter(name -> !used.contains(name)).distinct().toList();
    return new SourceColumns(header.size(), cells, unknown);
  }
}
