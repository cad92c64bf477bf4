package io.sightglass.engine.dataset;

/**
 * One field of a partition specification, such as {@code month(submitted_at)}.
 *
 * @param buckets the count of {@link Transform#BUCKET}; 0 for the others
 */
public record PartitionField(Transform transform, String column, int buckets) {

  /** Iceberg's partition transforms that a contract may name. */
  public enum Transform {
    DAY,
    MONTH,
    YEAR,
    IDENTITY,
    BUCKET
  }
}
