package io.sightglass.engine.storage;

import java.net.URI;
import org.jspecify.annotations.Nullable;

/**
 * Where a store lies in S3. Immutable.
 *
 * @param prefix of every key, without slashes around it; empty: the whole bucket
 * @param kmsKey the KMS key (id, ARN or alias) that objects are encrypted with; null: as the bucket
 *     says
 */
public record S3Location(String bucket, String prefix, @Nullable String kmsKey) {

  public S3Location {
    if (bucket.isEmpty() || prefix.startsWith("/") || prefix.endsWith("/")) {
      throw new IllegalArgumentException(
          "bucket \"%s\", prefix \"%s\"; allowed: names, without slashes around them"
              .formatted(bucket, prefix));
    }
    if (!prefix.isEmpty()) {
      ObjectKeys.check(prefix);
    }
  }

  /** The location that {@code s3://bucket/prefix} names. */
  public static S3Location of(URI root, @Nullable String kmsKey) {
    String path = root.getPath() == null ? "" : root.getPath();
    return new S3Location(
        String.valueOf(root.getAuthority()), path.replaceAll("^/+|/+$", ""), kmsKey);
  }

  /** A location below this one. */
  public S3Location below(String name) {
    return new S3Location(bucket, key(name), kmsKey);
  }

  /** The key in the bucket. */
  String key(String key) {
    return prefix.isEmpty() ? key : prefix + "/" + key;
  }

  /** Without a closing slash. */
  String uri() {
    return "s3://" + bucket + (prefix.isEmpty() ? "" : "/" + prefix);
  }
}
