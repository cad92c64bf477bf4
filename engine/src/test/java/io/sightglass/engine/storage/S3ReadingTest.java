package io.sightglass.engine.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sightglass.engine.ErrorCode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.http.AbortableInputStream;
import software.amazon.awssdk.services.s3.model.ChecksumType;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;

/** A store that tells checksums, as S3 itself does: damage is seen, also across resumptions. */
class S3ReadingTest {

  /** The usual text whose checksums every catalogue of CRCs tells. */
  private static final byte[] CONTENT = "123456789".getBytes(UTF_8);

  private static final GetObjectResponse CRC32C =
      GetObjectResponse.builder().checksumCRC32C("4waSgw==").build();

  private final List<Long> asked = new ArrayList<>();

  private S3Reading reading(GetObjectResponse answer, int breakAfter, byte[] sent) {
    return new S3Reading(
        (position, etag) -> {
          asked.add(position);
          byte[] rest = Arrays.copyOfRange(sent, (int) position, sent.length);
          InputStream body = new ByteArrayInputStream(rest);
          return new ResponseInputStream<>(
              answer.toBuilder().eTag("x").contentLength((long) rest.length).build(),
              AbortableInputStream.create(
                  asked.size() == 1 && breakAfter > 0
                      ? TestingObjectStore.breakingAfter(breakAfter, body)
                      : body));
        },
        0);
  }

  private static byte[] flipped() {
    byte[] flipped = CONTENT.clone();
    flipped[4] ^= 1;
    return flipped;
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 4, 8})
  void whatIsRightIsRead(int breakAfter) throws IOException {
    assertThat(reading(CRC32C, breakAfter, CONTENT).readAllBytes()).isEqualTo(CONTENT);
    assertThat(asked).hasSize(breakAfter == 0 ? 1 : 2).last().isEqualTo((long) breakAfter);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 4, 8})
  void aFlippedBitIsSeen(int breakAfter) {
    assertThatThrownBy(() -> reading(CRC32C, breakAfter, flipped()).readAllBytes())
        .isInstanceOf(DamagedTransferException.class);
  }

  @Test
  void everyCrcOfAWholeObjectIsKnown() throws IOException {
    List<GetObjectResponse> answers =
        List.of(
            GetObjectResponse.builder().checksumCRC32("y/Q5Jg==").build(),
            GetObjectResponse.builder().checksumCRC64NVME("rosUhgp5mIg=").build());
    for (GetObjectResponse answer : answers) {
      assertThat(reading(answer, 0, CONTENT).readAllBytes()).isEqualTo(CONTENT);
      assertThatThrownBy(() -> reading(answer, 0, flipped()).readAllBytes())
          .isInstanceOf(DamagedTransferException.class);
    }
  }

  @Test
  void aChecksumOfPartsSaysNothingOfTheWhole() throws IOException {
    GetObjectResponse parts =
        GetObjectResponse.builder()
            .checksumCRC32C("AAAAAA==-2")
            .checksumType(ChecksumType.COMPOSITE)
            .build();
    assertThat(reading(parts, 0, CONTENT).readAllBytes()).isEqualTo(CONTENT);
  }

  @Test
  void aTransferThatNeverComesFurtherEnds() {
    S3Reading reading =
        new S3Reading(
            (position, etag) ->
                new ResponseInputStream<>(
                    GetObjectResponse.builder().contentLength(9L).build(),
                    AbortableInputStream.create(InputStream.nullInputStream())),
            0);
    assertThatThrownBy(reading::readAllBytes)
        .satisfies(ObjectStoreContract.hasCode(ErrorCode.STORE_UNAVAILABLE));
  }
}
