package io.sightglass.web.api;

import io.micronaut.core.order.Ordered;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.annotation.RequestFilter;
import io.micronaut.http.annotation.ServerFilter;
import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;

/**
 * Answers addresses that hold U+0000: nothing has such a name, and no database can be asked for it.
 */
@ServerFilter(ServerFilter.MATCH_ALL_PATTERN)
final class NoSuchNames implements Ordered {

  @RequestFilter
  void refuse(HttpRequest<?> request) {
    String path = request.getUri().getPath();
    if (path != null && path.indexOf('\0') >= 0) {
      throw new EngineException(
          ErrorCode.NOT_FOUND, "Address: holds U+0000; there is nothing of such a name");
    }
  }

  /** Whoever is nobody is told that first. */
  @Override
  public int getOrder() {
    return LOWEST_PRECEDENCE;
  }
}
