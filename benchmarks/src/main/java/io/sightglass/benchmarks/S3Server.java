package io.sightglass.benchmarks;

import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Properties;
import org.gaul.s3proxy.BlobStores;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.blobstore.BlobStore;

/**
 * S3Proxy in a process of its own, whose buckets are folders: {@code FOLDER BUCKET…}. Prints its
 * port; ends with its standard input.
 */
public final class S3Server {

  static final String KEY = "benchmark-access-key";
  static final String SECRET = "benchmark-secret-key";

  private S3Server() {}

  /** Serves until nobody is left who started it. */
  public static void main(String[] arguments) throws Exception {
    Properties properties = new Properties();
    properties.setProperty(
        "jclouds.filesystem.basedir", Files.createDirectories(Path.of(arguments[0])).toString());
    BlobStore blobs = BlobStores.create("filesystem-nio2", properties);
    S3Proxy server =
        S3Proxy.builder()
            .blobStore(blobs)
            .endpoint(URI.create("http://127.0.0.1:0"))
            .awsAuthentication(AuthenticationType.AWS_V2_OR_V4, KEY, SECRET)
            .v4MaxChunkSize(256 << 20)
            .ignoreUnknownHeaders(true)
            .build();
    server.start();
    for (String bucket : Arrays.asList(arguments).subList(1, arguments.length)) {
      blobs.createContainer(bucket);
    }
    System.out.println(server.getPort());
    System.out.flush();
    System.in.transferTo(OutputStream.nullOutputStream());
    server.stop();
  }
}
