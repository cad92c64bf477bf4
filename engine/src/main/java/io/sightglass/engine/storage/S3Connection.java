package io.sightglass.engine.storage;

import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.core.checksums.ResponseChecksumValidation;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.http.apache5.Apache5HttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.regions.providers.DefaultAwsRegionProviderChain;
import software.amazon.awssdk.retries.StandardRetryStrategy;
import software.amazon.awssdk.retries.api.BackoffStrategy;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.S3ClientBuilder;

/**
 * The client of one S3 service, which all stores there share. Thread-safe; made at first use, since
 * that takes the better part of a second.
 */
public final class S3Connection implements AutoCloseable {

  private static final int CONNECTIONS = 64;
  private static final int PARALLEL_PARTS = 4;
  private static final Duration FIRST_PAUSE = Duration.ofMillis(100);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(5);

  private final S3Settings settings;
  private final Supplier<AwsCredentialsProvider> credentials;
  private @Nullable S3Client client;
  private @Nullable ExecutorService uploads;
  private boolean isClosed;

  /** A connection whose credentials come by the SDK's usual chain. The caller closes it. */
  public S3Connection(S3Settings settings) {
    this(settings, () -> DefaultCredentialsProvider.builder().build());
  }

  S3Connection(S3Settings settings, Supplier<AwsCredentialsProvider> credentials) {
    this.settings = settings;
    this.credentials = credentials;
  }

  /**
   * The client.
   *
   * @throws SdkClientException when no region is known
   */
  synchronized S3Client client() {
    if (isClosed) {
      throw new IllegalStateException("The connection to S3 is closed");
    }
    S3Client made = client;
    if (made == null) {
      made = open();
      client = made;
    }
    return made;
  }

  /** The threads that send parts of large files. */
  synchronized ExecutorService uploads() {
    ExecutorService made = uploads;
    if (made == null) {
      made =
          Executors.newFixedThreadPool(
              PARALLEL_PARTS, Thread.ofPlatform().daemon().name("s3-upload-", 0).factory());
      uploads = made;
    }
    return made;
  }

  S3Settings settings() {
    return settings;
  }

  private S3Client open() {
    S3Settings.Patience patience = settings.patience();
    BackoffStrategy pauses = BackoffStrategy.exponentialDelay(FIRST_PAUSE, LONGEST_PAUSE);
    StandardRetryStrategy retries =
        AwsRetryStrategy.standardRetryStrategy().toBuilder()
            .maxAttempts(patience.attempts())
            .backoffStrategy(pauses)
            .throttlingBackoffStrategy(
                BackoffStrategy.exponentialDelay(FIRST_PAUSE.multipliedBy(5), LONGEST_PAUSE))
            .retryOnException(S3Failures::isToBeSentAgain)
            .retryOnException(S3Failures::isBrokenAnswer)
            .build();
    S3ClientBuilder builder =
        S3Client.builder()
            .credentialsProvider(credentials.get())
            .region(region())
            .forcePathStyle(settings.pathStyle())
            // What a body must come to is checked here, over all the requests that it takes.
            .responseChecksumValidation(ResponseChecksumValidation.WHEN_REQUIRED)
            .overrideConfiguration(override -> override.retryStrategy(retries))
            .httpClientBuilder(
                Apache5HttpClient.builder()
                    .maxConnections(CONNECTIONS)
                    .connectionTimeout(patience.connect())
                    .socketTimeout(patience.idle())
                    .connectionAcquisitionTimeout(patience.idle()));
    if (settings.endpoint() != null) {
      builder.endpointOverride(settings.endpoint());
    }
    return builder.build();
  }

  private Region region() {
    if (settings.region() != null) {
      return Region.of(settings.region());
    }
    try {
      return new DefaultAwsRegionProviderChain().getRegion();
    } catch (SdkClientException e) {
      if (settings.endpoint() == null) {
        throw e;
      }
      return Region.US_EAST_1; // most services that are not AWS know no regions
    }
  }

  @Override
  public synchronized void close() {
    isClosed = true;
    if (uploads != null) {
      uploads.shutdownNow();
    }
    if (client != null) {
      client.close();
    }
  }
}
