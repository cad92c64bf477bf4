package io.sightglass.engine.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.sightglass.engine.EngineException;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Disabled;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.s3.model.HeadObjectResponse;
import software.amazon.awssdk.services.s3.model.ServerSideEncryption;

/**
 * The contract over Adobe's S3Mock, which also knows checksums and keys of KMS. It is no store to
 * be relied upon: of many who create one key several win, and what is replaced is read half.
 */
class S3MockObjectStoreTest extends ObjectStoreContract {

  @TempDir static Path server;

  @SuppressWarnings("NullAway.Init")
  private static TestingS3Mock mock;

  @SuppressWarnings("NullAway.Init")
  private static S3Connection connection;

  private static int stores;

  @BeforeAll
  static void start() {
    mock = TestingS3Mock.start(server);
    connection = TestingS3.connect(mock.endpoint());
  }

  @AfterAll
  static void stop() {
    connection.close();
    mock.close();
  }

  @Override
  ObjectStore emptyStore() {
    return TestingS3.store(connection, TestingS3Mock.BUCKET, "store-" + stores++ + "/below");
  }

  @Override
  @Disabled("S3Mock looks and then writes, so of many who create one key several win")
  void ofManyWhoCreateOneKeyOneWins() {}

  /**
   * It mixes the two, or breaks off, which every other server does not; at least nobody takes that
   * for either.
   */
  @Override
  @Test
  @SuppressWarnings("JUnitMethodInvoked") // The contract's test, but for one more way out.
  void aReaderSeesOneContentOrTheOtherWhileItIsReplaced() throws Exception {
    try {
      super.aReaderSeesOneContentOrTheOtherWhileItIsReplaced();
    } catch (DamagedTransferException noticed) {
      assertThat(noticed).hasMessageContaining("otherwise than it was stored");
    } catch (EngineException brokenOff) {
      assertThat(brokenOff).hasMessage("An object was replaced while it was read");
    }
  }

  @Test
  void objectsAreEncryptedWithTheKeyThatIsConfigured() throws IOException {
    ObjectStore encrypted =
        new S3ObjectStore(
            connection, new S3Location(TestingS3Mock.BUCKET, "encrypted", TestingS3Mock.KMS_KEY));
    encrypted.put("put", file("one"));
    encrypted.create("created", bytes("two"));
    for (String object : new String[] {"put", "created"}) {
      HeadObjectResponse head =
          connection
              .client()
              .headObject(
                  request -> request.bucket(TestingS3Mock.BUCKET).key("encrypted/" + object));
      assertThat(head.serverSideEncryption()).isEqualTo(ServerSideEncryption.AWS_KMS);
      assertThat(head.ssekmsKeyId()).isEqualTo(TestingS3Mock.KMS_KEY);
    }
  }
}
