package io.sightglass.engine.query;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.sightglass.engine.query.Catalogue.Entry;
import io.sightglass.engine.query.Catalogue.EntryColumn;
import io.sightglass.engine.views.CallerPolicy;
import io.sightglass.engine.views.CallerQueries;
import io.sightglass.engine.views.CatalogView;
import io.sightglass.engine.views.NamedQuery;
import io.sightglass.engine.views.ViewPack;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The rows of {@code catalog.*} for one caller, as the JSON that the views read. Thread-safe. */
final class CatalogRows {

  private static final ObjectMapper JSON = new ObjectMapper();

  private final Catalogue catalogue;

  CatalogRows(Catalogue catalogue) {
    this.catalogue = catalogue;
  }

  /** The value of the view's session variable. */
  String of(CatalogView view, ViewPack pack, CallerPolicy policy) {
    ArrayNode rows = JSON.createArrayNode();
    switch (view) {
      case TABLES -> readable(pack, policy).forEach(entry -> table(rows.addObject(), entry));
      case COLUMNS -> readable(pack, policy).forEach(entry -> columns(rows, entry));
      case QUERIES ->
          CallerQueries.of(pack, policy).forEach(query -> query(rows.addObject(), query));
    }
    try {
      return JSON.writeValueAsString(rows);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e);
    }
  }

  private List<Entry> readable(ViewPack pack, CallerPolicy policy) {
    return catalogue.list(pack, policy, List.of(), false).stream().filter(Entry::readable).toList();
  }

  private static void table(ObjectNode row, Entry entry) {
    row.put("schema_name", entry.name().schema());
    row.put("table_name", entry.name().name());
    row.put("description", entry.description());
    row.put("owner", entry.owner());
    row.put("grain", entry.grain());
    texts(row, "filters", entry.filters().stream().map(Catalogue.EntryFilter::text).toList());
    texts(row, "inputs", entry.inputs());
    row.put("row_count", entry.rowCount());
    row.put("bytes", entry.bytes());
    row.put("partitions", entry.partitions());
    row.put("data_as_of", text(entry.dataAsOf()));
    row.put("last_load", text(entry.lastLoad()));
    row.put("late_since", text(entry.lateSince()));
    texts(row, "missing_dates", entry.missingDates());
    texts(row, "examples", entry.examples());
  }

  private static void columns(ArrayNode rows, Entry entry) {
    int position = 1;
    for (EntryColumn column : entry.columns()) {
      ObjectNode row = rows.addObject();
      row.put("schema_name", entry.name().schema());
      row.put("table_name", entry.name().name());
      row.put("column_name", column.name());
      row.put("position", position++);
      row.put("type", column.type());
      row.put("description", column.description());
      row.put("sensitivity", column.sensitivity().name().toLowerCase(Locale.ROOT));
      row.put("shown", column.masked() ? "masked" : "plain");
      row.put("mask", column.mask());
      row.put("rule", column.rule());
    }
  }

  private static void query(ObjectNode row, NamedQuery query) {
    row.put("schema_name", query.name().schema());
    row.put("query_name", query.name().name());
    row.put("description", query.description());
    row.put("address", "/v1/queries/%s/%s".formatted(query.name().schema(), query.name().name()));
    ArrayNode parameters = row.putArray("parameters");
    for (NamedQuery.Parameter parameter : query.parameters()) {
      parameters
          .addObject()
          .put("name", parameter.name())
          .put("type", parameter.type().sql())
          .put("default", parameter.defaultText())
          .put("min", parameter.min())
          .put("max", parameter.max())
          .put("description", parameter.description());
    }
    row.put("text", query.sql());
  }

  private static void texts(ObjectNode row, String name, Collection<?> texts) {
    ArrayNode array = row.putArray(name);
    texts.forEach(text -> array.add(text.toString()));
  }

  private static @Nullable String text(@Nullable Instant instant) {
    return instant == null ? null : instant.toString();
  }
}
