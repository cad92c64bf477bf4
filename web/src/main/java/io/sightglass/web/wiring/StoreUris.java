package io.sightglass.web.wiring;

import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Roots of object stores as they are written: {@code file:///folder}, {@code s3://bucket/prefix}.
 */
final class StoreUris {

  private StoreUris() {}

  /** The root that a text names, also a bare path; empty when it names none. */
  static Optional<URI> find(String text) {
    try {
      URI uri = text.matches("[a-z0-9]{2,}:.*") ? URI.create(text) : Path.of(text).toUri();
      if ("file".equals(uri.getScheme())) {
        return Optional.of(Path.of(uri.getPath()).toAbsolutePath().normalize().toUri());
      }
      if ("s3".equals(uri.getScheme()) && uri.getHost() != null) {
        return Optional.of(uri);
      }
      return Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  static URI withoutSlash(URI uri) {
    String text = uri.toString();
    return text.endsWith("/") ? URI.create(text.substring(0, text.length() - 1)) : uri;
  }

  /** Whether one of two roots lies in the other. */
  static boolean overlap(URI one, URI other) {
    return (one + "/").startsWith(other + "/") || (other + "/").startsWith(one + "/");
  }
}
