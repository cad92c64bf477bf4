package io.sightglass.engine.storage;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.s3.model.CompletedPart;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.ServerSideEncryption;
import software.amazon.awssdk.services.s3.model.UploadPartResponse;

/**
 * A large file on its way to a bucket, in parts, several at once. Used once.
 *
 * <p>The object appears when all parts are there. An upload that fails is withdrawn; one that a
 * crash interrupts leaves parts that no listing shows: a lifecycle rule of the bucket removes them.
 */
final class S3Upload {

  private static final Logger LOG = LoggerFactory.getLogger(S3Upload.class);

  /** Of each part but the last; larger files have larger parts. */
  static final long PART_BYTES = 16L << 20;

  /** S3's own limit. */
  private static final int MAX_PARTS = 10_000;

  private final S3Connection connection;
  private final S3Location location;
  private final String key;
  private final Path file;
  private final long size;
  private final long partBytes;

  S3Upload(S3Connection connection, S3Location location, String key, Path file, long size) {
    this.connection = connection;
    this.location = location;
    this.key = location.key(key);
    this.file = file;
    this.size = size;
    this.partBytes = Math.max(PART_BYTES, Math.ceilDiv(size, MAX_PARTS));
  }

  /**
   * Sends everything.
   *
   * @throws SdkException what S3 said
   */
  void run() {
    S3Client client = connection.client();
    CreateMultipartUploadRequest.Builder begin =
        CreateMultipartUploadRequest.builder().bucket(location.bucket()).key(key);
    if (location.kmsKey() != null) {
      begin.serverSideEncryption(ServerSideEncryption.AWS_KMS).ssekmsKeyId(location.kmsKey());
    }
    String id = client.createMultipartUpload(begin.build()).uploadId();
    try {
      complete(client, id, send(client, id));
    } catch (RuntimeException e) {
      withdraw(client, id, e);
      throw e;
    }
  }

  private void complete(S3Client client, String id, List<CompletedPart> parts) {
    try {
      client.completeMultipartUpload(request ->
          request
              .bucket(location.bucket())
              .key(key)
              .uploadId(id)
              .multipartUpload(upload -> upload.parts(parts)));
    } catch (SdkException e) {
      // The answer to an earlier try may have been lost, and with success the upload ends to be.
      if (!S3Failures.isCode(e, "NoSuchUpload") || !isThere(client, parts.size())) {
        throw e;
      }
    }
  }

  private boolean isThere(S3Client client, int parts) {
    HeadObjectResponse head =
        client.headObject(request -> request.bucket(location.bucket()).key(key));
    return head.contentLength() == size
        && String.valueOf(head.eTag()).replace("\"", "").endsWith("-" + parts);
  }

  private List<CompletedPart> send(S3Client client, String id) {
    List<Future<CompletedPart>> sending = new ArrayList<>();
    for (long from = 0; from < size; from += partBytes) {
      long start = from;
      int number = sending.size() + 1;
      sending.add(connection.uploads().submit(() -> send(client, id, number, start)));
    }
    try {
      List<CompletedPart> parts = new ArrayList<>();
      for (Future<CompletedPart> part : sending) {
        parts.add(part.get());
      }
      return parts;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new EngineException(
          ErrorCode.STORE_UNAVAILABLE, "Interrupted while an object was written", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      throw new EngineException(
          ErrorCode.STORE_UNAVAILABLE, "An object cannot be written", e.getCause());
    } finally {
      sending.forEach(part -> part.cancel(true));
    }
  }

  private CompletedPart send(S3Client client, String id, int number, long from) {
    long length = Math.min(partBytes, size - from);
    UploadPartResponse sent =
        client.uploadPart(
            request ->
                request
                    .bucket(location.bucket())
                    .key(key)
                    .uploadId(id)
                    .partNumber(number)
                    .contentLength(length),
            RequestBody.fromBytes(part(from, length)));
    return CompletedPart.builder()
        .partNumber(number)
        .eTag(sent.eTag())
        .checksumCRC32(sent.checksumCRC32())
        .build();
  }

  /** In memory, since it may have to be sent again. */
  private byte[] part(long from, long length) {
    ByteBuffer part = ByteBuffer.allocate(Math.toIntExact(length));
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      while (part.hasRemaining()) {
        if (channel.read(part, from + part.position()) < 0) {
          throw new EOFException("shorter than it was");
        }
      }
    } catch (IOException e) {
      throw new EngineException(
          ErrorCode.STORE_UNAVAILABLE, "A file to store cannot be read back", e);
    }
    return part.array();
  }

  private void withdraw(S3Client client, String id, RuntimeException why) {
    try {
      client.abortMultipartUpload(
          request -> request.bucket(location.bucket()).key(key).uploadId(id));
    } catch (SdkException e) {
      LOG.warn(
          "Parts of a failed upload stay until a lifecycle rule of the bucket removes them", e);
      why.addSuppressed(e);
    }
  }
}
