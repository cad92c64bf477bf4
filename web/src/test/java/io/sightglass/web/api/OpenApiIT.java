package io.sightglass.web.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.micronaut.context.ApplicationContext;
import io.micronaut.web.router.Router;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.result.ResultEncoder;
import io.sightglass.web.TestingService;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** The description says what there is: every route in it, and nothing in it that is no route. */
class OpenApiIT {

  private static TestingService service;

  @BeforeAll
  static void start() {
    service =
        TestingService.start(
            TestingService.absent(Statements.class),
            (format, codec) -> TestingService.absent(ResultEncoder.class));
  }

  @AfterAll
  static void stop() {
    service.close();
  }

  private static Map<?, ?> described() throws Exception {
    String text = service.send(service.anonymous("/openapi.yaml")).body();
    return (Map<?, ?>) new Load(LoadSettings.builder().build()).loadFromString(text);
  }

  @Test
  void everyRouteIsDescribedAndEveryDescriptionIsARoute() throws Exception {
    Set<String> described = new TreeSet<>();
    ((Map<?, ?>) Objects.requireNonNull(described().get("paths")))
        .forEach((path, item) ->
            ((Map<?, ?>) item)
                .keySet().stream()
                    .map(String::valueOf)
                    .filter(key -> Set.of("get", "post", "put", "delete").contains(key))
                    .forEach(
                        method -> described.add(method.toUpperCase(Locale.ROOT) + " " + path)));
    Set<String> routes = new TreeSet<>();
    ApplicationContext context = service.context();
    context
        .getBean(Router.class)
        .uriRoutes()
        .filter(route -> route.getDeclaringType().getName().startsWith("io.sightglass"))
        .filter(route -> !route.getHttpMethodName().equals("HEAD"))
        .forEach(route ->
            routes.add(
                route.getHttpMethodName() + " " + route.getUriMatchTemplate().toPathString()));
    assertThat(described).isEqualTo(routes);
  }

  @Test
  void nothingButOurRoutesIsServed() {
    assertThat(
            service
                .context()
                .getBean(Router.class)
                .uriRoutes()
                .map(route -> route.getDeclaringType().getName()))
        .allMatch(name -> name.startsWith("io.sightglass"));
  }

  @Test
  void everyReferenceInTheDescriptionLeadsSomewhere() throws Exception {
    Map<?, ?> document = described();
    assertThat(document.get("openapi")).isEqualTo("3.1.0");
    follow(document, document);
  }

  private static void follow(Object node, Map<?, ?> document) {
    switch (node) {
      case Map<?, ?> map ->
          map.forEach((key, value) -> {
            if ("$ref".equals(key)) {
              Object here = document;
              for (String part : value.toString().substring(2).split("/", -1)) {
                here = Objects.requireNonNull(((Map<?, ?>) here).get(part), "a dangling $ref");
              }
            } else {
              follow(value, document);
            }
          });
      case Iterable<?> list -> list.forEach(item -> follow(item, document));
      case null, default -> {}
    }
  }

  @Test
  void everyErrorCodeIsExplainedWhereItsTypeLeads() throws Exception {
    String docs = service.send(service.anonymous("/docs")).body();
    for (ErrorCode code : ErrorCode.values()) {
      assertThat(docs)
          .contains(
              "<td>"
                  + Problems.status(code.type()).getCode()
                  + "</td><td id=\""
                  + code.name().toLowerCase(Locale.ROOT)
                  + "\"><code>"
                  + code.name());
    }
    assertThat(docs).doesNotContain("http://", "https://", "<script");
  }
}
