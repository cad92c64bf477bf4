package io.sightglass.engine.views.check;

import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.access.AccessPolicy;
import io.sightglass.engine.access.Principal;
import io.sightglass.engine.access.Role;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.sql.Guard;
import io.sightglass.engine.sql.GuardedMacro;
import io.sightglass.engine.sql.SqlParser;
import io.sightglass.engine.sql.lineage.LineageReader;
import io.sightglass.engine.views.CatalogView;
import io.sightglass.engine.views.DefinitionBinder;
import io.sightglass.engine.views.DefinitionBinder.Definitions;
import io.sightglass.engine.views.Mistake;
import io.sightglass.engine.views.MistakeCode;
import io.sightglass.engine.views.NamedQuery;
import io.sightglass.engine.views.View;
import io.sightglass.engine.views.ViewPack;
import io.sightglass.engine.views.ViewPackReading;
import io.sightglass.engine.views.files.ContractReader;
import io.sightglass.engine.views.files.DatasetDraft;
import io.sightglass.engine.views.files.GrantDraft;
import io.sightglass.engine.views.files.GrantsReader;
import io.sightglass.engine.views.files.Mistakes;
import io.sightglass.engine.views.files.PackFile;
import io.sightglass.engine.views.files.PackFiles;
import io.sightglass.engine.views.files.PersonasReader;
import io.sightglass.engine.views.files.Place;
import io.sightglass.engine.views.files.QueryDraft;
import io.sightglass.engine.views.files.QueryFileReader;
import io.sightglass.engine.views.files.RolesReader;
import io.sightglass.engine.views.files.ViewDraft;
import io.sightglass.engine.views.files.ViewFileReader;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Reads and checks the files of one pack as one whole: every file to its end, then names, SQL,
 * grants, and the ways around them. Each instance checks one pack.
 */
public final class PackChecker {

  /** What every check needs. */
  public record Tools(
      Guard guard, SqlParser parser, LineageReader lineages, DefinitionBinder binder) {}

  /** Stands for a name that none may have: its file is read for its other mistakes all the same. */
  private static final QualifiedName UNNAMED = new QualifiedName("unnamed", "unnamed");

  private final Tools tools;
  private final PackFiles files;
  private final Mistakes mistakes = new Mistakes();
  private final Map<QualifiedName, DatasetDraft> datasets = new TreeMap<>();
  private final Map<QualifiedName, ViewDraft> views = new TreeMap<>();
  private final Map<QualifiedName, QueryDraft> queries = new TreeMap<>();
  private final List<GrantDraft> grants = new ArrayList<>();

  /** False when the file of roles could not be read: no role is a mistake then. */
  private boolean rolesKnown;

  private PackChecker(Tools tools, PackFiles files) {
    this.tools = tools;
    this.files = files;
  }

  /** Checks what a look at a folder has found. */
  public static ViewPackReading check(Tools tools, PackFiles files) {
    return new PackChecker(tools, files).run();
  }

  private ViewPackReading run() {
    files
        .mistakes()
        .forEach(found ->
            mistakes.add(new Place(found.path(), found.line()), found.code(), found.message()));
    List<Role> read = files.find("roles.yaml").map(new RolesReader(mistakes)::read).orElse(null);
    List<Role> roles = read == null ? List.of() : read;
    rolesKnown = read != null;
    Map<String, Principal> personas =
        files
            .find("tests/personas.yaml")
            .map(file -> new PersonasReader(mistakes).read(file, read))
            .orElse(Map.of());
    readSchemas();
    checkSharing();
    ViewPack pack;
    try (Definitions world =
        tools
            .binder()
            .open(
                withCatalog(schemas()),
                datasets.values().stream().map(DatasetDraft::dataset).toList())) {
      pack = check(world, roles, personas);
    }
    List<Mistake> found = mistakes.mistakes();
    return found.isEmpty()
        ? new ViewPackReading.Read(pack, mistakes.warnings())
        : new ViewPackReading.Mistaken(found, mistakes.warnings());
  }

  private void readSchemas() {
    for (PackFile file : files.endingWith(".yaml")) {
      QualifiedName name = nameOf(file);
      if (file.fileName().equals("grants.yaml")) {
        grants.addAll(new GrantsReader(mistakes).read(file, schemaOf(file)));
        continue;
      }
      DatasetDraft draft =
          new ContractReader(mistakes).read(file, Objects.requireNonNullElse(name, UNNAMED));
      if (name != null) {
        datasets.put(name, draft);
      }
    }
    for (PackFile file : files.endingWith(".sql")) {
      QualifiedName name = nameOf(file);
      QualifiedName given = Objects.requireNonNullElse(name, UNNAMED);
      if (file.path().endsWith(".query.sql")) {
        QueryDraft draft = new QueryFileReader(mistakes).read(file, given);
        if (name != null) {
          queries.put(name, draft);
        }
      } else {
        ViewDraft draft = new ViewFileReader(mistakes).read(file, given);
        if (name != null) {
          views.put(name, draft);
        }
      }
    }
  }

  /** Null for a name that none may have, which is noted already. */
  private static @Nullable QualifiedName nameOf(PackFile file) {
    String name = file.fileName().replaceFirst("(\\.query)?\\.sql$|\\.yaml$", "");
    return QualifiedName.isPart(schemaOf(file)) && QualifiedName.isPart(name)
        ? new QualifiedName(schemaOf(file), name)
        : null;
  }

  private static String schemaOf(PackFile file) {
    return file.path().substring(0, file.path().indexOf('/'));
  }

  private void checkSharing() {
    Set<String> schemas = schemas();
    for (ViewDraft view : views.values()) {
      for (String schema : new TreeSet<>(view.header().sharedWith())) {
        if (!schemas.contains(schema)) {
          mistakes.addUnknown(
              view.placeOf("shared_with"), MistakeCode.UNKNOWN_NAME, "schema", schema, schemas);
        }
      }
    }
  }

  private ViewPack check(Definitions world, List<Role> roles, Map<String, Principal> personas) {
    MacroChecker.Checked macros =
        files
            .find("macros.sql")
            .map(new MacroChecker(tools.guard(), world, mistakes)::check)
            .orElse(MacroChecker.Checked.NONE);
    Map<QualifiedName, Dataset> checkedDatasets = new LinkedHashMap<>();
    DatasetChecker datasetChecker = new DatasetChecker(tools.guard(), world, mistakes);
    datasets.forEach((name, draft) -> checkedDatasets.put(name, datasetChecker.check(draft)));
    Map<QualifiedName, Definition> definitions =
        new ViewChecker(tools, world, macros.names(), datasets, mistakes).check(views);
    QueryChecker queryChecker = new QueryChecker(tools.guard(), world, definitions, mistakes);
    definitions.values().forEach(queryChecker::checkExamples);
    Map<QualifiedName, NamedQuery> checkedQueries = new LinkedHashMap<>();
    queries.forEach((name, draft) -> checkedQueries.put(name, queryChecker.check(draft)));
    List<CheckedGrant> checkedGrants = checkGrants(world, roles, macros, definitions);
    Map<QualifiedName, View> checkedViews = new LinkedHashMap<>();
    if (mistakes.count() == 0) {
      ViewMaker maker = new ViewMaker(checkedDatasets, tools.parser());
      definitions.forEach(
          (name, definition) -> checkedViews.put(name, maker.view(definition, checkedViews)));
    }
    return new ViewPack(
        files.version(),
        new AccessPolicy(
            roles, checkedGrants.stream().flatMap(grant -> grant.grants().stream()).toList()),
        macros.good().stream().map(GuardedMacro::create).toList(),
        checkedDatasets,
        checkedViews,
        checkedQueries,
        personas);
  }

  private List<CheckedGrant> checkGrants(
      Definitions world,
      List<Role> roles,
      MacroChecker.Checked macros,
      Map<QualifiedName, Definition> definitions) {
    GrantChecker checker =
        new GrantChecker(
            rolesKnown ? roles : null,
            definitions,
            new GrantExpressions(tools.guard(), world, macros.names(), mistakes),
            new MaskChecker(macros, world, mistakes),
            mistakes);
    List<CheckedGrant> checked = grants.stream().map(checker::check).toList();
    new WayAroundChecker(definitions, roles, checked, new Predicates(tools.parser()), mistakes)
        .check();
    QuasiIdentifiers quasi = new QuasiIdentifiers(datasets, mistakes);
    checked.forEach(quasi::check);
    return checked;
  }

  private static Set<String> withCatalog(Set<String> schemas) {
    Set<String> all = new TreeSet<>(schemas);
    all.add(CatalogView.SCHEMA);
    return all;
  }

  private Set<String> schemas() {
    Set<String> schemas = new TreeSet<>();
    files.files().stream()
        .filter(file -> file.path().contains("/") && !file.path().startsWith("tests/"))
        .map(PackChecker::schemaOf)
        .filter(QualifiedName::isPart)
        .forEach(schemas::add);
    return schemas;
  }
}
