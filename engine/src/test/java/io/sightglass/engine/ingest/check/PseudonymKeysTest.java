package io.sightglass.engine.ingest.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.storage.LocalObjectStore;
import io.sightglass.engine.storage.ObjectStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PseudonymKeysTest {

  @TempDir Path folder;

  @SuppressWarnings("NullAway.Init")
  private ObjectStore vault;

  @BeforeEach
  void open() {
    vault = new LocalObjectStore(folder.resolve("vault"), LocalObjectStore.Privacy.PRIVATE);
  }

  private Path file(String replica) {
    return folder.resolve(replica).resolve("pseudonyms.key");
  }

  @Test
  void replicasThatStartAtOnceHaveOneSecret() throws Exception {
    for (int round = 0; round < 5; round++) {
      ObjectStore fresh =
          new LocalObjectStore(folder.resolve("vault-" + round), LocalObjectStore.Privacy.PRIVATE);
      int replicas = 4;
      CountDownLatch start = new CountDownLatch(replicas);
      List<Callable<byte[]>> opening = new ArrayList<>();
      for (int replica = 0; replica < replicas; replica++) {
        Path file = file("round-%d-%d".formatted(round, replica));
        opening.add(() -> {
          start.countDown();
          start.await();
          return PseudonymKeys.shared(fresh, file).key("person");
        });
      }
      try (ExecutorService threads = Executors.newFixedThreadPool(replicas)) {
        List<Future<byte[]>> keys = threads.invokeAll(opening);
        for (Future<byte[]> key : keys) {
          assertThat(key.get()).isEqualTo(keys.getFirst().get());
        }
      }
    }
  }

  @Test
  void aSecretThatWasInUseBeforeIsTheOneThatIsShared() {
    byte[] before = PseudonymKeys.open(file("one")).key("person");
    assertThat(PseudonymKeys.shared(vault, file("one")).key("person")).isEqualTo(before);
    assertThat(PseudonymKeys.shared(vault, file("two")).key("person")).isEqualTo(before);
    assertThat(PseudonymKeys.open(file("two")).key("person")).isEqualTo(before);
  }

  @Test
  void anotherSecretThanTheVaultsIsRefused() throws Exception {
    PseudonymKeys.shared(vault, file("one"));
    String other = "ab".repeat(32);
    Files.createDirectories(file("two").getParent());
    Files.writeString(file("two"), other + "\n");
    assertThatThrownBy(() -> PseudonymKeys.shared(vault, file("two")))
        .isInstanceOfSatisfying(
            EngineException.class,
            e -> {
              assertThat(e.code()).isEqualTo(ErrorCode.CONFLICT);
              assertThat(e.detail()).doesNotContain(other);
            });
  }

  @Test
  void aDamagedSecretIsRefused() throws Exception {
    Files.createDirectories(file("one").getParent());
    Files.writeString(file("one"), "abcd");
    assertThatThrownBy(() -> PseudonymKeys.open(file("one")))
        .isInstanceOf(EngineException.class)
        .hasMessageContaining("64 hex digits");
  }
}
