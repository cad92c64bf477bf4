package io.sightglass.engine.storage;

import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.s3.model.EncodingType;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Response;
import software.amazon.awssdk.services.s3.model.S3Object;

/** The objects of a bucket below a prefix, in key order, a page at a time. Used once. */
final class S3Listing implements Iterator<S3Object> {

  private static final Logger LOG = LoggerFactory.getLogger(S3Listing.class);

  private final S3Connection connection;
  private final String bucket;
  private final String prefix;
  private Iterator<S3Object> page = List.<S3Object>of().iterator();
  private @Nullable String next;
  private boolean isLast;

  S3Listing(S3Connection connection, String bucket, String prefix) {
    this.connection = connection;
    this.bucket = bucket;
    this.prefix = prefix;
  }

  /** The first page is fetched now, so that what is wrong shows here. */
  Stream<S3Object> stream() {
    fetch();
    return StreamSupport.stream(
        Spliterators.spliteratorUnknownSize(this, Spliterator.ORDERED | Spliterator.NONNULL),
        false);
  }

  private void fetch() {
    try {
      ListObjectsV2Response answer =
          connection
              .client()
              .listObjectsV2(request ->
                  request
                      .bucket(bucket)
                      .prefix(prefix)
                      .continuationToken(next)
                      // One name with a character that XML lacks would hide all others.
                      .encodingType(EncodingType.URL));
      page = answer.contents().iterator();
      next = answer.nextContinuationToken();
      isLast = !Boolean.TRUE.equals(answer.isTruncated()) || next == null;
    } catch (SdkException e) {
      LOG.warn("The bucket {} cannot be listed", bucket, e);
      throw S3Failures.translate(e, "The store cannot be listed", "s3:ListBucket");
    }
  }

  @Override
  public boolean hasNext() {
    while (!page.hasNext() && !isLast) {
      fetch();
    }
    return page.hasNext();
  }

  @Override
  public S3Object next() {
    if (!hasNext()) {
      throw new NoSuchElementException("The listing has ended");
    }
    return page.next();
  }
}
