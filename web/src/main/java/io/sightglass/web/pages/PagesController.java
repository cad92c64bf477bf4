package io.sightglass.web.pages;

import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Produces;
import io.micronaut.security.annotation.Secured;
import io.micronaut.security.rules.SecurityRule;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;

/** The API's description for machines and people, and the files that its page needs. */
@Controller
@Secured(SecurityRule.IS_ANONYMOUS)
final class PagesController {

  private final byte[] openApi = resource("openapi.yaml");
  private final byte[] docs = resource("docs.html");
  private final byte[] style = resource("docs.css");

  private static byte[] resource(String name) {
    try (InputStream in = PagesController.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("The jar lacks " + name);
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Get("/openapi.yaml")
  @Produces(MediaType.ALL)
  HttpResponse<byte[]> openApi() {
    return HttpResponse.ok(openApi).header("Content-Type", "application/yaml");
  }

  @Get(uris = {"/", "/docs"})
  @Produces(MediaType.ALL)
  HttpResponse<byte[]> docs() {
    return HttpResponse.ok(docs).header("Content-Type", "text/html; charset=utf-8");
  }

  @Get("/docs/style.css")
  @Produces(MediaType.ALL)
  HttpResponse<byte[]> style() {
    return HttpResponse.ok(style).header("Content-Type", "text/css; charset=utf-8");
  }
}
