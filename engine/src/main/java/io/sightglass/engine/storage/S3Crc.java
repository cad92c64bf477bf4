package io.sightglass.engine.storage;

import java.util.Base64;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.zip.CRC32;
import java.util.zip.CRC32C;
import java.util.zip.Checksum;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.model.ChecksumType;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/** A CRC that the store has counted of an object when it came. Not thread-safe. */
final class S3Crc implements S3Checksum {

  private final Checksum counted;
  private final long expected;

  private S3Crc(Checksum counted, long expected) {
    this.counted = counted;
    this.expected = expected;
  }

  /** The cheapest that the store tells; empty where it knows no CRC of the whole. */
  static Optional<S3Checksum> find(GetObjectResponse object) {
    if (object.checksumType() == ChecksumType.COMPOSITE) {
      return Optional.empty();
    }
    return find(object.checksumCRC32C(), CRC32C::new)
        .or(() -> find(object.checksumCRC32(), CRC32::new))
        .or(() -> find(object.checksumCRC64NVME(), Crc64Nvme::new));
  }

  /** One of parts has a hyphen and their number behind it. */
  private static Optional<S3Checksum> find(@Nullable String text, Supplier<Checksum> checksum) {
    return text == null || text.contains("-")
        ? Optional.empty()
        : Optional.of(new S3Crc(checksum.get(), number(text)));
  }

  private static long number(String base64) {
    long number = 0;
    for (byte part : Base64.getDecoder().decode(base64)) {
      number = (number << 8) | (part & 0xff);
    }
    return number;
  }

  @Override
  public void update(byte[] buffer, int offset, int length) {
    counted.update(buffer, offset, length);
  }

  @Override
  public boolean fits() {
    return counted.getValue() == expected;
  }
}
