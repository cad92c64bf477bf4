package io.sightglass.engine.ingest.landing;

import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.dataset.LoadMode;
import io.sightglass.engine.dataset.Source;
import java.math.BigInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What makes two delivered objects the same delivery. Stateless.
 *
 * @see <a href="https://docs.confluent.io/kafka-connectors/s3-sink/current/overview.html">names of
 *     Kafka Connect's S3 sink</a>
 */
public final class SourceIdentity {

  private static final Pattern SINK_OBJECT =
      Pattern.compile(
          "(?:.*/)?([A-Za-z0-9._-]+)[+]([0-9]{1,10})[+]([0-9]{1,20})[.]avro(?:[.]gz|[.]zst)?");

  private SourceIdentity() {}

  /**
   * The identity, as the summary of a commit names it: topic, partition and start offset of an
   * event sink's Avro object that is appended without a key, else the unpacked content.
   */
  public static String of(
      Dataset dataset, Source.Format format, String name, String contentSha256) {
    if (dataset.load() == LoadMode.APPEND
        && dataset.key().isEmpty()
        && format == Source.Format.AVRO) {
      Matcher object = SINK_OBJECT.matcher(name);
      if (object.matches()) {
        return "kafka:%s+%s+%s"
            .formatted(object.group(1), plain(object.group(2)), plain(object.group(3)));
      }
    }
    return "sha256:" + contentSha256;
  }

  /** The sink writes offsets with leading zeros, as many as it was told to. */
  private static String plain(String digits) {
    return new BigInteger(digits).toString();
  }
}
