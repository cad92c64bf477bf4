package io.sightglass.engine.result;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.query.OpenStatement.AnswerEnd;
import io.sightglass.engine.query.OpenStatement.AnswerLimits;
import java.nio.ByteBuffer;
import java.util.Base64;
import java.util.List;
import java.util.zip.CRC32C;

/** Counts an answer's rows and bytes, digests it, and holds it to its limits. */
final class AnswerMeter {

  private final AnswerLimits limits;
  private final long orderlyRows;
  private final CRC32C digest = new CRC32C();
  private long rows;
  private long bytes;
  private boolean truncated;

  /**
   * A meter at zero.
   *
   * @param mostRows rows past which the format itself ends in order
   */
  AnswerMeter(AnswerLimits limits, long mostRows) {
    this.limits = limits;
    this.orderlyRows = Math.min(mostRows, limits.requestedRows().orElse(Long.MAX_VALUE));
  }

  /**
   * Counts rows that the engine has given.
   *
   * @return how many of them belong to the answer; fewer than given: it is {@link #isTruncated}
   * @throws EngineException {@code ROW_LIMIT}
   */
  int admit(int given) {
    long admitted = Math.min(given, orderlyRows - rows);
    if (rows + admitted > limits.rows()) {
      throw new EngineException(
          ErrorCode.ROW_LIMIT,
          "The answer has more rows than the limit of your role; allowed: %d"
              .formatted(limits.rows()));
    }
    rows += admitted;
    truncated |= admitted < given;
    return (int) admitted;
  }

  /**
   * Counts and digests bytes that are about to leave.
   *
   * @throws EngineException {@code BYTE_LIMIT}
   */
  void count(List<ByteBuffer> buffers) {
    for (ByteBuffer buffer : buffers) {
      bytes += buffer.remaining();
      digest.update(buffer.duplicate());
    }
    if (bytes > limits.bytes()) {
      throw new EngineException(
          ErrorCode.BYTE_LIMIT,
          "The answer has more bytes than the limit of your role; allowed: %d"
              .formatted(limits.bytes()));
    }
  }

  boolean isTruncated() {
    return truncated;
  }

  long rows() {
    return rows;
  }

  /** Rows that were counted elsewhere. */
  void setRows(long counted, boolean cut) {
    rows = counted;
    truncated = cut;
  }

  String reprDigest() {
    int value = (int) digest.getValue();
    byte[] bigEndian = ByteBuffer.allocate(Integer.BYTES).putInt(value).array();
    return "crc32c=:" + Base64.getEncoder().encodeToString(bigEndian) + ":";
  }

  /** An end that is whole. */
  AnswerEnd end() {
    return new AnswerEnd(rows, bytes, reprDigest());
  }

  /** An end that is not. */
  AnswerEnd brokenEnd() {
    return new AnswerEnd(rows, bytes, "");
  }
}
