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
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.http.AbortableInputStream;
import software.amazon.awssdk.services.s3.model.ChecksumType;
import software.amazon.awssdk.services.s3.model.GetObjectResponse;
import software.amazon.awssdk.services.s3.model.ServerSideEncryption;

/** A store that tells checksums, as S3 itself does: damage is seen, also across resumptions. */
class S3ReadingTest {

  /** The usual text whose checksums every catalogue of CRCs tells. */
  private static final byte[] CONTENT = "123456789".getBytes(UTF_8);

  private static final GetObjectResponse CRC32C =
      GetObjectResponse.builder().checksumCRC32C("4waSgw==").build();

  /** Its MD5 digest. */
  private static final String MD5 = "25f9e794323b453885f5181f1b624d0b";

  private final List<Long> asked = new ArrayList<>();
  private final S3Etags etags = new S3Etags();

  private S3Reading reading(GetObjectResponse answer, int breakAfter, byte[] sent) {
    return new S3Reading(
        (position, etag) -> {
          asked.add(position);
          byte[] rest = Arrays.copyOfRange(sent, (int) position, sent.length);
          InputStream body = new ByteArrayInputStream(rest);
          return new ResponseInputStream<>(
              answer.toBuilder().contentLength((long) rest.length).build(),
              AbortableInputStream.create(
                  asked.size() == 1 && breakAfter > 0
                      ? TestingObjectStore.breakingAfter(breakAfter, body)
                      : body));
        },
        0,
        etags);
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
  void anEtagThatIsADigestIsOne() throws IOException {
    GetObjectResponse whole = GetObjectResponse.builder().eTag("\"%s\"".formatted(MD5)).build();
    assertThat(reading(whole, 4, CONTENT).readAllBytes()).isEqualTo(CONTENT);
    assertThatThrownBy(() -> reading(whole, 0, flipped()).readAllBytes())
        .isInstanceOf(DamagedTransferException.class);
    assertThat(reading(whole, 0, CONTENT).readAllBytes()).isEqualTo(CONTENT);
  }

  /** Of one object alone; else it could never be read, for the sake of the others. */
  @Test
  void anObjectThatComesTwiceTheSameIsAsStored() throws IOException {
    GetObjectResponse whole = GetObjectResponse.builder().eTag(MD5).build();
    GetObjectResponse other = GetObjectResponse.builder().eTag("0".repeat(32)).build();
    assertThat(reading(whole, 0, CONTENT).readAllBytes()).isEqualTo(CONTENT);
    assertThatThrownBy(() -> reading(other, 0, CONTENT).readAllBytes())
        .isInstanceOf(DamagedTransferException.class);
    assertThat(reading(other, 0, CONTENT).readAllBytes()).isEqualTo(CONTENT);
    assertThatThrownBy(() -> reading(whole, 0, flipped()).readAllBytes())
        .isInstanceOf(DamagedTransferException.class);
  }

  @Test
  void aStoreWhoseEtagsAreNoDigestsIsReadAfterAll() throws IOException {
    GetObjectResponse random = GetObjectResponse.builder().eTag("0".repeat(32)).build();
    assertThatThrownBy(() -> reading(random, 0, CONTENT).readAllBytes())
        .isInstanceOf(DamagedTransferException.class);
    assertThat(reading(random, 0, CONTENT).readAllBytes()).isEqualTo(CONTENT);
    GetObjectResponse another = GetObjectResponse.builder().eTag("1".repeat(32)).build();
    assertThat(reading(another, 0, CONTENT).readAllBytes()).isEqualTo(CONTENT);
  }

  static Stream<GetObjectResponse> whatHasAnotherEtag() {
    GetObjectResponse other = GetObjectResponse.builder().eTag("0".repeat(32)).build();
    return Stream.of(
        other.toBuilder().serverSideEncryption(ServerSideEncryption.AWS_KMS).build(),
        other.toBuilder().serverSideEncryption("aws:kms:dsse").build(),
        other.toBuilder().sseCustomerAlgorithm("AES256").build(),
        GetObjectResponse.builder().eTag("0".repeat(32) + "-2").build(),
        GetObjectResponse.builder().build());
  }

  @ParameterizedTest
  @MethodSource("whatHasAnotherEtag")
  void anEtagThatCannotBeADigestSaysNothing(GetObjectResponse answer) throws IOException {
    assertThat(reading(answer, 0, CONTENT).readAllBytes()).isEqualTo(CONTENT);
  }

  @Test
  void aTransferThatNeverComesFurtherEnds() {
    S3Reading reading =
        new S3Reading(
            (position, etag) ->
                new ResponseInputStream<>(
                    GetObjectResponse.builder().contentLength(9L).build(),
                    AbortableInputStream.create(InputStream.nullInputStream())),
            0,
            etags);
    assertThatThrownBy(reading::readAllBytes)
        .satisfies(ObjectStoreContract.hasCode(ErrorCode.STORE_UNAVAILABLE));
  }
}
