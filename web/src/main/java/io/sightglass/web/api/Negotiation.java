package io.sightglass.web.api;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.result.ResultFormat;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What a request wants its answer encoded as: from {@code ?format=}, else from {@code Accept} and
 * {@code Accept-Encoding} with their weights. Immutable.
 *
 * @param codec how Arrow buffers are compressed
 * @param coding how a text format is compressed on the way
 */
public record Negotiation(ResultFormat format, ArrowCodec codec, ContentCoding coding) {

  /** How Arrow buffers are compressed. */
  public enum ArrowCodec {
    NONE,
    ZSTD,
    LZ4
  }

  /** A content coding that is offered for text. */
  public enum ContentCoding {
    IDENTITY,
    ZSTD,
    GZIP;

    String key() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private static final Map<String, ResultFormat> ALIASES =
      Map.of(
          "application/parquet", ResultFormat.PARQUET,
          "application/x-parquet", ResultFormat.PARQUET,
          "application/arrow", ResultFormat.ARROW,
          "application/ndjson", ResultFormat.NDJSON,
          "application/jsonl", ResultFormat.NDJSON);

  /** One entry of a header with weights. */
  private record Weighted(String name, Map<String, String> parameters, double weight) {

    static List<Weighted> parse(String header) {
      List<Weighted> entries = new ArrayList<>();
      for (String entry : header.split(",", -1)) {
        String[] parts = entry.strip().split(";", -1);
        Map<String, String> parameters = new TreeMap<>();
        for (String part : Arrays.asList(parts).subList(1, parts.length)) {
          String[] pair = part.strip().split("=", 2);
          if (pair.length == 2) {
            parameters.put(
                pair[0].strip().toLowerCase(Locale.ROOT),
                pair[1].strip().replaceAll("^\"|\"$", "").toLowerCase(Locale.ROOT));
          }
        }
        if (!parts[0].isBlank()) {
          entries.add(
              new Weighted(
                  parts[0].strip().toLowerCase(Locale.ROOT),
                  parameters,
                  parseWeight(parameters.get("q"))));
        }
      }
      // A stable sort: of equal weights, the one that was written first wins.
      entries.sort(Comparator.comparingDouble(Weighted::weight).reversed());
      return entries;
    }

    private static double parseWeight(@Nullable String q) {
      if (q == null) {
        return 1;
      }
      return q.matches("[01](\\.\\d{0,3})?") ? Math.min(1, Double.parseDouble(q)) : 0;
    }
  }

  /**
   * Decides.
   *
   * @param named {@code format} of the address or the body; null: by {@code accept}
   * @throws EngineException {@code NOT_ACCEPTABLE} with what is, {@code INVALID_REQUEST} for an
   *     unknown {@code format}
   */
  static Negotiation of(@Nullable String named, List<String> accept, List<String> acceptEncoding) {
    List<Weighted> wanted = Weighted.parse(accept.isEmpty() ? "*/*" : String.join(",", accept));
    if (named != null) {
      ResultFormat format = byName(named);
      ArrowCodec codec =
          wanted.stream()
              .filter(entry -> entry.weight() > 0 && formatsOf(entry.name()).contains(format))
              .map(Negotiation::findCodec)
              .flatMap(Optional::stream)
              .findFirst()
              .orElse(ArrowCodec.NONE);
      return new Negotiation(format, codec, coding(format, acceptEncoding));
    }
    List<ResultFormat> excluded =
        wanted.stream()
            .filter(entry -> entry.weight() == 0 && !entry.name().contains("*"))
            .flatMap(entry -> formatsOf(entry.name()).stream())
            .toList();
    for (Weighted entry : wanted) {
      Optional<ArrowCodec> codec = findCodec(entry);
      for (ResultFormat format : formatsOf(entry.name())) {
        if (entry.weight() > 0 && codec.isPresent() && !excluded.contains(format)) {
          return new Negotiation(format, codec.get(), coding(format, acceptEncoding));
        }
      }
    }
    throw new EngineException(
        ErrorCode.NOT_ACCEPTABLE,
        "Accept: \"%s\"; allowed: %s (Arrow also with codecs=zstd or codecs=lz4)"
            .formatted(String.join(", ", accept), mediaTypes()));
  }

  private static ResultFormat byName(String name) {
    return Arrays.stream(ResultFormat.values())
        .filter(format -> format.key().equals(name.toLowerCase(Locale.ROOT)))
        .findFirst()
        .orElseThrow(() ->
            new EngineException(
                ErrorCode.INVALID_REQUEST,
                "format: \"%s\"; allowed: %s"
                    .formatted(
                        name,
                        Arrays.stream(ResultFormat.values())
                            .map(ResultFormat::key)
                            .collect(Collectors.joining(", ")))));
  }

  /** What a media range stands for, the default first. */
  private static List<ResultFormat> formatsOf(String range) {
    ResultFormat alias = ALIASES.get(range);
    if (alias != null) {
      return List.of(alias);
    }
    List<ResultFormat> ordered =
        List.of(
            ResultFormat.JSON,
            ResultFormat.CSV,
            ResultFormat.NDJSON,
            ResultFormat.ARROW,
            ResultFormat.PARQUET);
    return switch (range) {
      case "*/*" -> ordered;
      case "application/*" ->
          ordered.stream().filter(format -> format != ResultFormat.CSV).toList();
      case "text/*" -> List.of(ResultFormat.CSV);
      default -> ordered.stream().filter(format -> format.mediaType().equals(range)).toList();
    };
  }

  /** Empty when a codec is asked for that there is not. */
  private static Optional<ArrowCodec> findCodec(Weighted entry) {
    String codec = entry.parameters().get("codecs");
    if (codec == null) {
      return Optional.of(ArrowCodec.NONE);
    }
    return switch (codec) {
      case "zstd" -> Optional.of(ArrowCodec.ZSTD);
      case "lz4" -> Optional.of(ArrowCodec.LZ4);
      default -> Optional.empty();
    };
  }

  private static ContentCoding coding(ResultFormat format, List<String> acceptEncoding) {
    return switch (format) {
      case ARROW, PARQUET -> ContentCoding.IDENTITY;
      case CSV, NDJSON, JSON -> coding(Weighted.parse(String.join(",", acceptEncoding)));
    };
  }

  private static ContentCoding coding(List<Weighted> wanted) {
    ContentCoding best = ContentCoding.IDENTITY;
    double weight = 0;
    for (ContentCoding coding : List.of(ContentCoding.ZSTD, ContentCoding.GZIP)) {
      double offered =
          wanted.stream()
              .filter(entry -> entry.name().equals(coding.key()))
              .mapToDouble(Weighted::weight)
              .findFirst()
              .orElse(0);
      if (offered > weight) {
        best = coding;
        weight = offered;
      }
    }
    double identity =
        wanted.stream()
            .filter(entry -> entry.name().equals("identity"))
            .mapToDouble(Weighted::weight)
            .findFirst()
            .orElse(0);
    return identity > weight ? ContentCoding.IDENTITY : best;
  }

  private static String mediaTypes() {
    return Arrays.stream(ResultFormat.values())
        .map(ResultFormat::mediaType)
        .collect(Collectors.joining(", "));
  }

  /** The value of {@code ETag}: other bytes of the same answer have another one. */
  String etag(String digest) {
    return "\"" + digest + tagSuffix() + "\"";
  }

  /** The digests in the values of {@code If-None-Match} that are of answers like this one. */
  List<String> digestsIn(List<String> ifNoneMatch) {
    String suffix = tagSuffix();
    return ifNoneMatch.stream()
        .flatMap(value -> Arrays.stream(value.split(",", -1)))
        .map(tag -> tag.strip().replaceFirst("^W/", ""))
        .map(tag -> tag.replaceAll("^\"|\"$", ""))
        .filter(tag -> tag.equals("*") || tag.endsWith(suffix))
        .map(tag -> tag.equals("*") ? tag : tag.substring(0, tag.length() - suffix.length()))
        .toList();
  }

  private String tagSuffix() {
    String arrow = codec == ArrowCodec.NONE ? "" : "-" + codec.name().toLowerCase(Locale.ROOT);
    return arrow + (coding == ContentCoding.IDENTITY ? "" : "-" + coding.key());
  }

  /** The value of {@code Content-Type}. */
  String contentType() {
    return switch (format) {
      case ARROW ->
          format.mediaType()
              + (codec == ArrowCodec.NONE
                  ? ""
                  : "; codecs=" + codec.name().toLowerCase(Locale.ROOT));
      case CSV -> format.mediaType() + "; charset=utf-8; header=present";
      case PARQUET, NDJSON, JSON -> format.mediaType();
    };
  }
}
