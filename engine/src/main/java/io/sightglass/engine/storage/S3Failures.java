package io.sightglass.engine.storage;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import java.io.IOException;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import javax.xml.stream.XMLStreamException;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.core.exception.SdkException;

/**
 * What S3 says in words that tell an operator what to do. Names of buckets and keys are left to the
 * log.
 */
final class S3Failures {

  private static final String CREDENTIALS =
      "the store does not accept the credentials; renew them, or check which ones the service takes";

  private static final String REGION =
      "the bucket is in another region than the one configured; set s3.region to the bucket's";

  private static final String FULL = "the store's disk or quota is full";

  private static final String KMS =
      "the KMS key cannot be used; it must exist in the bucket's region, be enabled, and the service"
          + " needs kms:GenerateDataKey and kms:Decrypt";

  private static final Map<String, String> BY_CODE =
      Map.ofEntries(
          Map.entry(
              "NoSuchBucket", "there is no bucket of that name; it is to be made before the start"),
          Map.entry(
              "ExpiredToken", "the credentials have expired; renew them, or let the SDK do it"),
          Map.entry("TokenRefreshRequired", "the credentials have expired; renew them"),
          Map.entry("InvalidAccessKeyId", CREDENTIALS),
          Map.entry("InvalidToken", CREDENTIALS),
          Map.entry("SignatureDoesNotMatch", CREDENTIALS),
          Map.entry("NotSignedUp", CREDENTIALS),
          Map.entry(
              "RequestTimeTooSkewed", "this machine's clock differs too much from the store's"),
          Map.entry("PermanentRedirect", REGION),
          Map.entry("TemporaryRedirect", REGION),
          Map.entry("IllegalLocationConstraintException", REGION),
          Map.entry("AuthorizationHeaderMalformed", REGION),
          Map.entry("InsufficientStorage", FULL),
          Map.entry("XMinioStorageFull", FULL),
          Map.entry("QuotaExceeded", FULL),
          Map.entry("KMS.DisabledException", KMS),
          Map.entry("KMS.NotFoundException", KMS),
          Map.entry("KMS.KMSInvalidStateException", KMS),
          Map.entry(
              "InvalidObjectState",
              "the object is archived (S3 Glacier); restore it, or have it delivered anew"),
          Map.entry(
              "NotImplemented",
              "the store cannot do what is asked of it; it must know If-None-Match and multipart"
                  + " uploads"));

  /** What a server says when a body arrived otherwise than it was sent. */
  private static final Set<String> DAMAGED =
      Set.of("BadDigest", "XAmzContentSHA256Mismatch", "XAmzContentChecksumMismatch");

  /**
   * What it says while it works at the key for somebody, as for who asked before without answer.
   */
  private static final Set<String> IN_PROGRESS =
      Set.of("ConditionalRequestConflict", "OperationAborted");

  private S3Failures() {}

  /**
   * The failure of an operation.
   *
   * @param what the sentence's begin: {@code An object cannot be read}
   * @param rights that the operation needs, such as {@code s3:GetObject}
   */
  static EngineException translate(SdkException failure, String what, String rights) {
    return new EngineException(
        ErrorCode.STORE_UNAVAILABLE, what + ": " + reason(failure, rights), failure);
  }

  private static String reason(SdkException failure, String rights) {
    if (failure instanceof AwsServiceException answer) {
      return reason(answer, rights);
    }
    String text = String.valueOf(failure.getMessage()).toLowerCase(Locale.ROOT);
    if (text.contains("unable to load credentials")) {
      return "no credentials were found; give them by environment, profile or the machine's role";
    }
    if (text.contains("unable to load region")) {
      return "no region is configured; set s3.region";
    }
    return text.contains("timed out") || text.contains("timeout")
        ? "the store does not answer in time"
        : "the store cannot be reached, or breaks off";
  }

  private static String reason(AwsServiceException answer, String rights) {
    String code = code(answer);
    String known = code == null ? null : BY_CODE.get(code);
    if (known != null) {
      return known;
    }
    int status = answer.statusCode();
    String said = code == null ? "status " + status : status + " " + code;
    return switch (status) {
      case 301, 307 -> REGION;
      case 401, 403 ->
          said.contains("KMS") || message(answer).contains("kms:")
              ? KMS
              : "the credentials lack rights (%s); needed: %s".formatted(said, rights);
      case 507 -> FULL;
      case 429, 503 -> "the store is too busy (%s)".formatted(said);
      default -> "the store says " + said;
    };
  }

  /** Whether the answer says what is wrong; those to HEAD have no body, and so do not. */
  static boolean isSilent(AwsServiceException answer) {
    return code(answer) == null && answer.statusCode() != 404;
  }

  static boolean isStatus(Throwable failure, int status) {
    return failure instanceof AwsServiceException answer && answer.statusCode() == status;
  }

  static boolean isCode(Throwable failure, String code) {
    return failure instanceof AwsServiceException answer && code.equals(code(answer));
  }

  /**
   * Whether a request arrived otherwise than it was sent, or too early, so that sending it again
   * may help.
   */
  static boolean isToBeSentAgain(Throwable failure) {
    String code = failure instanceof AwsServiceException answer ? code(answer) : null;
    return code != null && (DAMAGED.contains(code) || IN_PROGRESS.contains(code));
  }

  /** Whether an answer broke off while it was read, which the SDK itself takes for final. */
  static boolean isBrokenAnswer(Throwable failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof IOException || cause instanceof XMLStreamException) {
        return true;
      }
    }
    return false;
  }

  /** Whether no answer came at all: it may have been carried out. */
  static boolean isUnanswered(Throwable failure) {
    return failure instanceof SdkClientException;
  }

  /** Where a key's own policy is at fault, S3 says only here that it is. */
  private static String message(AwsServiceException answer) {
    return answer.awsErrorDetails() == null
        ? ""
        : String.valueOf(answer.awsErrorDetails().errorMessage());
  }

  private static @Nullable String code(AwsServiceException answer) {
    String code = answer.awsErrorDetails() == null ? null : answer.awsErrorDetails().errorCode();
    return code == null || code.isBlank() || code.chars().allMatch(Character::isDigit)
        ? null
        : code;
  }
}
