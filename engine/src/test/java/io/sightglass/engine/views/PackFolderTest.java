package io.sightglass.engine.views;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.views.PackFolder.Refresh;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A folder that changes under a running service. */
class PackFolderTest {

  private static final QualifiedName MORE = new QualifiedName("care", "more");

  @TempDir Path temporary;

  private Path folder;
  private Path store;

  /** Why a pack cannot be put in force, by the name of a view of it. */
  private final Map<QualifiedName, RuntimeException> refusals = new HashMap<>();

  private final List<ViewPack> taken = new ArrayList<>();

  @BeforeEach
  void setUp() {
    folder = temporary.resolve("sql-views");
    store = temporary.resolve("data/views");
  }

  private PackFolder open() {
    return PackFolder.open(folder, store, TestingPack.reader(), this::take);
  }

  private void take(ViewPack pack) {
    pack.views().keySet().stream()
        .map(refusals::get)
        .filter(Objects::nonNull)
        .findFirst()
        .ifPresent(refusal -> {
          throw refusal;
        });
    taken.add(pack);
  }

  private static PackFolder.Refresh lookTwice(PackFolder pack) {
    pack.refresh();
    return pack.refresh();
  }

  @Test
  void anUnchangedFolderChangesNothing() {
    TestingPack.good(folder);
    PackFolder pack = open();

    assertThat(pack.refresh()).isEqualTo(new Refresh.Unchanged());
    assertThat(pack.refresh()).isEqualTo(new Refresh.Unchanged());
    assertThat(pack.mistakes()).isEmpty();
  }

  @Test
  void aChangeIsTakenOnceTwoLooksHaveFoundItTheSame() {
    TestingPack files = TestingPack.good(folder);
    PackFolder pack = open();

    files.view("care/more.sql", "SELECT 1 AS one");

    assertThat(pack.refresh()).isEqualTo(new Refresh.Unchanged());
    assertThat(pack.refresh()).isInstanceOf(Refresh.Changed.class);
    assertThat(pack.pack().views()).containsKey(MORE);
    assertThat(pack.refresh()).isEqualTo(new Refresh.Unchanged());
  }

  /** As maintenance beside a service does. */
  @Test
  void whoOnlyReadsHasWhatCountsAndKeepsNothing() throws IOException {
    TestingPack files = TestingPack.good(folder);
    assertThat(PackFolder.read(folder, store, TestingPack.reader(), this::take).views())
        .doesNotContainKey(MORE);
    assertThat(store).doesNotExist();
    open();
    files.view("care/more.sql", "SELECT 1 AS one");
    refusals.put(MORE, new EngineException(ErrorCode.CONFLICT, "no such table"));
    for (int looks = 0; looks < 2; looks++) {
      assertThat(PackFolder.read(folder, store, TestingPack.reader(), this::take).views())
          .doesNotContainKey(MORE);
    }
    refusals.clear();
    assertThat(PackFolder.read(folder, store, TestingPack.reader(), this::take).views())
        .containsKey(MORE);
    files.view("care/more.sql", "SELEC 1 AS one");
    assertThat(PackFolder.read(folder, store, TestingPack.reader(), this::take).views())
        .as("the last good version of the service")
        .doesNotContainKey(MORE);
  }

  @Test
  void filesThatMeanNothingChangeNothing() {
    TestingPack files = TestingPack.good(folder);
    PackFolder pack = open();

    files
        .file("README.md", "x")
        .file("access.md", "y")
        .file("tests/a/b.csv", "z")
        .file(".git/x", "");

    assertThat(pack.refresh()).isEqualTo(new Refresh.Unchanged());
    assertThat(pack.refresh()).isEqualTo(new Refresh.Unchanged());
  }

  @Test
  void withMistakesTheLastGoodVersionStaysInForceUntilTheMend() {
    TestingPack files = TestingPack.good(folder);
    PackFolder pack = open();
    ViewPack good = pack.pack();

    files.view("care/more.sql", "SELEC 1 AS one");
    pack.refresh();

    assertThat(pack.refresh()).isInstanceOf(Refresh.Mistaken.class);
    assertThat(pack.pack()).isSameAs(good);
    assertThat(pack.mistakes())
        .singleElement()
        .extracting(Mistake::path)
        .isEqualTo("care/more.sql");

    files.view("care/more.sql", "SELECT 1 AS one");
    pack.refresh();

    assertThat(pack.refresh()).isInstanceOf(Refresh.Changed.class);
    assertThat(pack.mistakes()).isEmpty();
  }

  @Test
  void takingTheMistakeBackIsAMend() throws IOException {
    TestingPack files = TestingPack.good(folder);
    PackFolder pack = open();
    ViewPack good = pack.pack();
    files.view("care/more.sql", "SELEC 1 AS one");
    pack.refresh();
    pack.refresh();

    Files.delete(folder.resolve("care/more.sql"));
    pack.refresh();

    assertThat(pack.refresh()).isEqualTo(new Refresh.Mended());
    assertThat(pack.pack()).isSameAs(good);
    assertThat(pack.mistakes()).isEmpty();
  }

  @Test
  void aRestartHasTheLastGoodVersionToo() {
    TestingPack files = TestingPack.good(folder);
    files.view("care/more.sql", "SELECT 1 AS one");
    String version = open().pack().version();
    files.view("care/more.sql", "SELECT nothing AS one");

    PackFolder restarted = open();

    assertThat(restarted.pack().version()).isEqualTo(version);
    assertThat(restarted.pack().views()).containsKey(MORE);
    assertThat(restarted.mistakes()).isNotEmpty();

    files.view("care/more.sql", "SELECT 2 AS one");
    restarted.refresh();
    assertThat(restarted.refresh()).isInstanceOf(Refresh.Changed.class);
  }

  @Test
  void aFolderThatVanishesIsAMistakeAndNoEmptyPack() throws IOException {
    TestingPack.good(folder);
    PackFolder pack = open();
    Files.move(folder, temporary.resolve("elsewhere"));
    pack.refresh();

    assertThat(pack.refresh()).isInstanceOf(Refresh.Mistaken.class);
    assertThat(pack.pack().views()).isNotEmpty();
    assertThat(open().pack().views()).isNotEmpty();
  }

  @Test
  void aFirstStartWithNothingToFallBackOnSaysEveryMistake() {
    TestingPack.good(folder).view("care/a.sql", "SELEC").view("care/b.sql", "SELECT nothing");

    assertThatThrownBy(this::open)
        .isInstanceOf(EngineException.class)
        .hasMessageContaining("care/a.sql:5: SYNTAX_ERROR")
        .hasMessageContaining("care/b.sql:5: UNKNOWN_COLUMN");
  }

  @Test
  void whatCannotBePutInForceIsRefusedAndStaysSoUnderATypo() {
    TestingPack files = TestingPack.good(folder);
    PackFolder pack = open();
    ViewPack good = pack.pack();
    EngineException reason = new EngineException(ErrorCode.CONFLICT, "another type");
    refusals.put(MORE, reason);
    files.view("care/more.sql", "SELECT 1 AS one");

    assertThat(lookTwice(pack)).isEqualTo(new Refresh.Refused(reason));
    assertThat(pack.pack()).isSameAs(good);
    assertThat(pack.mistakes()).isEmpty();
    assertThat(pack.findRefusal()).contains(reason);
    assertThat(pack.refresh()).isEqualTo(new Refresh.Unchanged());

    files.view("care/other.sql", "SELEC 1 AS one");
    assertThat(lookTwice(pack)).isInstanceOf(Refresh.Mistaken.class);
    assertThat(pack.findRefusal()).isEmpty();

    files.view("care/other.sql", "SELECT 1 AS one");
    assertThat(lookTwice(pack)).isEqualTo(new Refresh.Refused(reason));
    assertThat(taken).containsExactly(good);
  }

  @Test
  void takingBackWhatWasRefusedIsAMend() throws IOException {
    TestingPack files = TestingPack.good(folder);
    PackFolder pack = open();
    ViewPack good = pack.pack();
    refusals.put(MORE, new EngineException(ErrorCode.CONFLICT, "another type"));
    files.view("care/more.sql", "SELECT 1 AS one");
    lookTwice(pack);

    Files.delete(folder.resolve("care/more.sql"));

    assertThat(lookTwice(pack)).isEqualTo(new Refresh.Mended());
    assertThat(pack.findRefusal()).isEmpty();
    assertThat(taken).containsExactly(good);
  }

  @Test
  void aRefusalThatMayPassIsTriedAgainWithoutAnotherChange() {
    TestingPack files = TestingPack.good(folder);
    PackFolder pack = open();
    files.view("care/more.sql", "SELECT 1 AS one");
    refusals.put(MORE, new EngineException(ErrorCode.STORE_UNAVAILABLE, "no answer"));
    assertThat(lookTwice(pack)).isInstanceOf(Refresh.Refused.class);

    refusals.put(MORE, new IllegalStateException("unforeseen"));
    assertThat(pack.refresh()).isInstanceOf(Refresh.Refused.class);
    assertThat(pack.findRefusal())
        .hasValueSatisfying(e -> assertThat(e.detail()).doesNotContain("unforeseen"));

    refusals.clear();
    assertThat(pack.refresh()).isInstanceOf(Refresh.Changed.class);
    assertThat(pack.findRefusal()).isEmpty();
    assertThat(pack.pack().views()).containsKey(MORE);
  }

  @Test
  void aRestartDoesNotTakeWhatWasRefusedEither() {
    TestingPack files = TestingPack.good(folder);
    ViewPack good = open().pack();
    refusals.put(MORE, new EngineException(ErrorCode.CONFLICT, "another type"));
    files.view("care/more.sql", "SELECT 1 AS one");

    PackFolder restarted = open();

    assertThat(restarted.pack().version()).isEqualTo(good.version());
    assertThat(restarted.findRefusal()).isPresent();

    refusals.clear();
    files.view("care/more.sql", "SELECT 2 AS one");
    assertThat(lookTwice(restarted)).isInstanceOf(Refresh.Changed.class);
  }

  @Test
  void aFirstStartSaysWhyItCannotBePutInForce() {
    TestingPack.good(folder).view("care/more.sql", "SELECT 1 AS one");
    refusals.put(MORE, new EngineException(ErrorCode.CONFLICT, "another type"));

    assertThatThrownBy(this::open).hasMessageContaining("another type");
  }
}
