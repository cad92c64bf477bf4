package io.sightglass.engine.ingest.formats;

import io.sightglass.engine.dataset.Column;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.ingest.unpack.BrokenFileException;
import io.sightglass.engine.ingest.unpack.FileFault;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Which cell of a staged record holds which column of the contract. Immutable.
 *
 * @param count of the cells of a record
 * @param cells by the contract's order: the indexes of the column's cells, from 0, of which the
 *     first that is not NULL counts; none where the source has none
 * @param unknown names of the source that the contract does not use, in the source's order, as
 *     people may be shown them
 * @param missing columns of the contract that the source's header or schema does not have
 */
public record SourceColumns(
    int count, List<List<Integer>> cells, List<String> unknown, List<String> missing) {

  private static final int WIDE = 256;
  private static final String ROW_NUMBER = "file_row_number";

  public SourceColumns {
    cells = cells.stream().map(List::copyOf).toList();
    unknown = List.copyOf(ColumnNames.shown(unknown));
    missing = List.copyOf(missing);
  }

  /**
   * Whether most cells are of no column, and so many that they would take more memory than the
   * others: those of columns alone are staged then, in the contract's order.
   */
  boolean isWide() {
    return count > WIDE && count > 4 * cells.size();
  }

  /** What is staged of a wide source. */
  SourceColumns narrowed() {
    List<List<Integer>> staged = new ArrayList<>();
    int next = 0;
    for (List<Integer> ofColumn : cells) {
      staged.add(IntStream.range(next, next + ofColumn.size()).boxed().toList());
      next += ofColumn.size();
    }
    return new SourceColumns(next, staged, unknown, missing);
  }

  /** The contract's columns in its order: for sources without a header, and for named values. */
  static SourceColumns inOrder(Dataset dataset, List<String> unknown) {
    List<List<Integer>> cells = new ArrayList<>();
    for (int index = 0; index < dataset.columns().size(); index++) {
      cells.add(List.of(index));
    }
    return new SourceColumns(cells.size(), cells, unknown, List.of());
  }

  /**
   * Checks the names of the fields that the engine will see: it finds them whatever their case, and
   * keeps one for itself.
   *
   * @throws BrokenFileException when it could take one for another
   */
  static void checkNames(Dataset dataset, List<String> fields) {
    Map<String, Long> times =
        fields.stream()
            .collect(
                Collectors.groupingBy(
                    name -> name.toLowerCase(Locale.ROOT), Collectors.counting()));
    if (times.containsKey(ROW_NUMBER)) {
      throw new BrokenFileException(
          FileFault.MALFORMED,
          "The file has a field \"%s\", which the engine keeps for itself".formatted(ROW_NUMBER));
    }
    for (Column column : dataset.columns()) {
      for (String name : column.from()) {
        if (times.getOrDefault(name.toLowerCase(Locale.ROOT), 0L) > 1) {
          throw new BrokenFileException(
              FileFault.MALFORMED,
              "The file names \"%s\" twice, perhaps in two cases; allowed: once".formatted(name));
        }
      }
    }
  }

  /**
   * Matches the fields of a typed file by name; a column may come from several of them.
   *
   * @throws BrokenFileException when it holds nothing of this dataset, or a required column is
   *     missing
   */
  static SourceColumns ofFields(Dataset dataset, List<String> fields) {
    List<List<Integer>> cells = new ArrayList<>();
    Set<String> used = new HashSet<>();
    for (Column column : dataset.columns()) {
      List<String> present = column.from().stream().filter(fields::contains).toList();
      used.addAll(present);
      cells.add(present.stream().map(fields::indexOf).toList());
    }
    if (used.isEmpty()) {
      throw new BrokenFileException(
          FileFault.MALFORMED,
          "None of the file's %d fields is a column of the contract".formatted(fields.size()));
    }
    return found(dataset, fields, cells, used, "The file");
  }

  /**
   * Matches a header by name, whatever its order; a column may come from several of its cells.
   *
   * @throws BrokenFileException when it is no header of this dataset
   */
  static SourceColumns ofHeader(Dataset dataset, List<String> header) {
    List<List<Integer>> cells = new ArrayList<>();
    Set<String> used = new HashSet<>();
    for (Column column : dataset.columns()) {
      List<String> present = column.from().stream().filter(header::contains).toList();
      present.forEach(name -> checkOnce(header, name));
      used.addAll(present);
      cells.add(present.stream().map(header::indexOf).toList());
    }
    if (used.isEmpty()) {
      throw new BrokenFileException(
          FileFault.MALFORMED,
          "The first line is no header: none of its %d cells is a column of the contract"
              .formatted(header.size()));
    }
    return found(dataset, header, cells, used, "The header");
  }

  private static void checkOnce(List<String> header, String name) {
    if (header.indexOf(name) != header.lastIndexOf(name)) {
      throw new BrokenFileException(
          FileFault.MALFORMED, "The header names \"%s\" twice; allowed: once".formatted(name));
    }
  }

  private static SourceColumns found(
      Dataset dataset,
      List<String> names,
      List<List<Integer>> cells,
      Set<String> used,
      String what) {
    List<String> unknown = names.stream().filter(name -> !used.contains(name)).toList();
    List<String> missing = new ArrayList<>();
    List<String> lacking = new ArrayList<>();
    for (int index = 0; index < cells.size(); index++) {
      Column column = dataset.columns().get(index);
      if (cells.get(index).isEmpty()) {
        missing.add(column.name());
        if (column.constraints().required()) {
          lacking.add(String.join("\" or \"", column.from()));
        }
      }
    }
    if (!lacking.isEmpty()) {
      throw new BrokenFileException(
          FileFault.MISSING_COLUMN,
          "%s lacks \"%s\", which the contract requires%s"
              .formatted(what, String.join("\", \"", lacking), unclaimed(unknown)));
    }
    return new SourceColumns(names.size(), cells, unknown, missing);
  }

  /** What a missing column may be called now. */
  private static String unclaimed(List<String> unknown) {
    return unknown.isEmpty()
        ? ""
        : "; it has \"%s\", which the contract does not name"
            .formatted(String.join("\", \"", ColumnNames.shown(unknown)));
  }
}
