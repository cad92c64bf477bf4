package io.sightglass.web.wiring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Flags, environment, file and defaults, in that order; every mistake at once. */
class SettingsReaderTest {

  @TempDir private Path folder;

  private Path file(String text) throws IOException {
    return Files.writeString(folder.resolve("sightglass.yaml"), text);
  }

  @Test
  void aFlagIsStrongerThanTheEnvironmentAndThatThanTheFile() throws IOException {
    Path file = file("port: 1\nhost: ::1\nscan: {every: 90s}\ns3-path-style: true\n");
    Settings settings =
        SettingsReader.read(Map.of(Setting.PORT, "3"), file, Map.of("SIGHTGLASS_PORT", "2"), null);
    assertThat(settings.listen()).isEqualTo(new Settings.Listen("::1", 3));
    assertThat(settings.rhythm().scan()).isEqualTo(Duration.ofSeconds(90));
    assertThat(settings.stores().s3().pathStyle()).isTrue();
    assertThat(SettingsReader.read(Map.of(), file, Map.of("SIGHTGLASS_PORT", "2"), null).listen())
        .isEqualTo(new Settings.Listen("::1", 2));
  }

  @Test
  void landingAndWarehouseLieBelowDataUnlessSaid() {
    Settings settings =
        SettingsReader.read(Map.of(Setting.DATA, folder.toString()), null, Map.of(), null);
    Settings.Stores stores = settings.stores();
    assertThat(stores.landing().root()).hasToString("file://" + folder + "/landing");
    assertThat(stores.data().root()).hasToString("file://" + folder + "/warehouse/data");
    assertThat(stores.vault().root()).hasToString("file://" + folder + "/warehouse/vault");
    assertThat(settings.isDevelopment()).isTrue();
  }

  @Test
  void storesMayBeBucketsTheVaultOneOfItsOwn() {
    Settings.Stores stores =
        SettingsReader.read(
                Map.of(
                    Setting.LANDING, "s3://landing/in/",
                    Setting.WAREHOUSE, "s3://lake/tables",
                    Setting.VAULT, "s3://secret",
                    Setting.S3_REGION, "us-gov-west-1",
                    Setting.S3_KMS_KEY, "alias/lake",
                    Setting.S3_VAULT_KMS_KEY, "alias/vault",
                    Setting.CACHE_SIZE, "2 GB"),
                null,
                Map.of(),
                null)
            .stores();
    assertThat(stores.landing()).isEqualTo(new Settings.Store(URI.create("s3://landing/in"), null));
    assertThat(stores.data())
        .isEqualTo(new Settings.Store(URI.create("s3://lake/tables/data"), "alias/lake"));
    assertThat(stores.vault())
        .isEqualTo(new Settings.Store(URI.create("s3://secret"), "alias/vault"));
    assertThat(stores.s3()).isEqualTo(new Settings.S3(null, false, "us-gov-west-1"));
    assertThat(stores.cacheBytes()).isEqualTo(2_000_000_000L);
  }

  @Test
  void theVaultLiesApartAndHasAKeyOfItsOwn() {
    assertThatThrownBy(() ->
            SettingsReader.read(
                Map.of(
                    Setting.WAREHOUSE, "s3://lake",
                    Setting.VAULT, "s3://lake/data/secret",
                    Setting.S3_KMS_KEY, "one",
                    Setting.S3_VAULT_KMS_KEY, "one"),
                null,
                Map.of(),
                null))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("vault: \"s3://lake/data/secret\"")
        .hasMessageContaining("s3.vault_kms_key");
    assertThatThrownBy(() ->
            SettingsReader.read(
                Map.of(Setting.WAREHOUSE, "s3://lake/x", Setting.VAULT, "s3://lake"),
                null,
                Map.of(),
                null))
        .hasMessageContaining("vault: \"s3://lake\"");
  }

  @Test
  void everyMistakeIsSaidAtOnceWithWhatWasMeant() throws IOException {
    Path file = file("prot: 1\nscan: {evry: 1m}\nidentity: {issuer: x}\nengine: {memory: much}\n");
    assertThatThrownBy(() ->
            SettingsReader.read(
                Map.of(Setting.PORT, "70000", Setting.HOST, "0.0.0.0"),
                file,
                Map.of("SIGHTGLASS_VEIWS", "x", "SIGHTGLASS_REQUIRE", "python"),
                null))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("unknown key prot; did you mean port?")
        .hasMessageContaining("unknown key scan.evry; did you mean scan.every?")
        .hasMessageContaining("SIGHTGLASS_VEIWS; did you mean SIGHTGLASS_VIEWS?")
        .hasMessageContaining("port: \"70000\"")
        .hasMessageContaining("identity: 1 of jwks, issuer and audience")
        .hasMessageContaining("host: \"0.0.0.0\" without an identity provider")
        .hasMessageContaining("engine.memory: size \"much\"");
  }

  @Test
  void withAnIdentityProviderAnyAddressIsAllowed() {
    Settings settings =
        SettingsReader.read(
            Map.of(
                Setting.HOST,
                "0.0.0.0",
                Setting.IDENTITY_JWKS,
                "https://idp.example/keys",
                Setting.IDENTITY_ISSUER,
                "https://idp.example",
                Setting.IDENTITY_AUDIENCE,
                "sightglass",
                Setting.IDENTITY_ATTRIBUTES,
                "station=sta6a.id, zip=address.zip"),
            null,
            Map.of(),
            null);
    assertThat(settings.isDevelopment()).isFalse();
    assertThat(settings.identity().attributes())
        .isEqualTo(Map.of("station", "sta6a.id", "zip", "address.zip"));
  }

  @Test
  void theDatabaseIsPostgresWhereOneIsNamedAndItsPasswordIsShownNowhere() {
    StringWriter out = new StringWriter();
    Settings.Stores stores =
        SettingsReader.read(
                Map.of(
                    Setting.DATABASE_URL, "jdbc:postgresql://db:5432/sightglass?password=hidden",
                    Setting.DATABASE_USER, "sightglass"),
                null,
                Map.of("SIGHTGLASS_DATABASE_PASSWORD", "hidden"),
                new PrintWriter(out))
            .stores();
    Settings.Database database = stores.database();
    assertThat(database)
        .isEqualTo(
            new Settings.Database(
                "jdbc:postgresql://db:5432/sightglass?password=hidden",
                "sightglass",
                "hidden",
                Duration.ofSeconds(60)));
    assertThat(out.toString())
        .contains("database.url", "jdbc:postgresql://db:5432/sightglass", "database.password")
        .doesNotContain("hidden");
    assertThat(String.valueOf(stores)).doesNotContain("hidden");
  }

  @Test
  void whatIsNoPostgresIsRefusedWithoutItsSecrets() {
    for (String wrong :
        List.of(
            "postgresql://me:hidden@db/x",
            "jdbc:postgresql://me:hidden@db/x",
            "jdbc:postgresql://db",
            "jdbc:mysql://db/x?password=hidden",
            "nonsense")) {
      assertThatThrownBy(
              () -> SettingsReader.read(Map.of(Setting.DATABASE_URL, wrong), null, Map.of(), null))
          .as(wrong)
          .isInstanceOf(SettingsException.class)
          .hasMessageContaining("database.url: ")
          .hasMessageContaining("allowed: jdbc:postgresql://host:5432/name")
          .hasMessageNotContaining("hidden");
    }
    assertThatThrownBy(() ->
            SettingsReader.read(
                Map.of(Setting.DATABASE_USER, "me", Setting.REPLICAS_TAKEOVER, "2m"),
                null,
                Map.of(),
                null))
        .hasMessageContaining("without database.url")
        .hasMessageContaining("replicas.takeover");
  }

  @Test
  void whoIsToldStandsInTheFileOrTheEnvironment() throws IOException {
    Path file =
        file(
            """
            public_url: https://data.example.org
            notify:
              slack: https://hooks.example.org/common
              slack_channels: {"#claims": "https://hooks.example.org/a=1", "#calls": "https://hooks.example.org/b"}
            """);
    Settings.Notification told =
        SettingsReader.read(
                Map.of(),
                file,
                Map.of(
                    "SIGHTGLASS_NOTIFY_WEBHOOK", "http://hook:8080/x",
                    "SIGHTGLASS_NOTIFY_WEBHOOK_SECRET", "sixteen or more c"),
                null)
            .notification();
    assertThat(told.publicUrl()).isEqualTo(URI.create("https://data.example.org"));
    assertThat(told.slack())
        .isEqualTo(
            new Settings.Slack(
                URI.create("https://hooks.example.org/common"),
                Map.of(
                    "#claims", URI.create("https://hooks.example.org/a=1"),
                    "#calls", URI.create("https://hooks.example.org/b"))));
    assertThat(told.webhook())
        .isEqualTo(new Settings.Webhook(URI.create("http://hook:8080/x"), "sixteen or more c"));
    assertThat(told.toString()).doesNotContain("hooks.example.org", "hook:8080", "sixteen");
    assertThat(SettingsReader.read(Map.of(), null, Map.of(), null).notification())
        .isEqualTo(Settings.Notification.NONE);
  }

  @Test
  void mistakesAboutWhoIsToldShowNoSecret() {
    assertThatThrownBy(() ->
            SettingsReader.read(
                Map.of(
                    Setting.PUBLIC_URL, "data.example.org",
                    Setting.NOTIFY_SLACK, "ftp://t0ken",
                    Setting.NOTIFY_SLACK_CHANNELS, "#a=https://x/t0ken,#b",
                    Setting.NOTIFY_WEBHOOK_SECRET, "t0ken"),
                null,
                Map.of(),
                null))
        .isInstanceOf(SettingsException.class)
        .hasMessageContaining("public_url: \"data.example.org\"; allowed: an http or https URL")
        .hasMessageContaining("notify.slack: no address")
        .hasMessageContaining("notify.slack_channels: entry 2; allowed: channel=URL")
        .hasMessageContaining("notify.webhook_secret: 5 characters; allowed: 16 or more")
        .hasMessageContaining("notify.webhook: missing")
        .hasMessageNotContaining("t0ken");
    assertThatThrownBy(() ->
            SettingsReader.read(
                Map.of(
                    Setting.NOTIFY_SLACK_CHANNELS, "#a=https://x/a",
                    Setting.NOTIFY_WEBHOOK, "https://x/b"),
                null,
                Map.of(),
                null))
        .hasMessageContaining("notify.slack: missing")
        .hasMessageContaining("notify.webhook_secret: missing");
  }

  @Test
  void secretsAreNotPrinted() {
    StringWriter out = new StringWriter();
    SettingsReader.read(
        Map.of(
            Setting.NOTIFY_SLACK, "https://hooks.example.org/t0ken",
            Setting.NOTIFY_SLACK_CHANNELS, "#a=https://hooks.example.org/t0ken",
            Setting.NOTIFY_WEBHOOK, "https://hook.example.org/t0ken",
            Setting.NOTIFY_WEBHOOK_SECRET, "t0ken t0ken t0ken"),
        null,
        Map.of(),
        new PrintWriter(out));
    assertThat(out.toString()).contains("notify.slack", "notify.webhook_secret").contains("***");
    assertThat(out.toString()).doesNotContain("t0ken", "example.org");
  }

  @Test
  void secretsInAddressesAreMaskedWherePrinted() {
    StringWriter out = new StringWriter();
    SettingsReader.read(
        Map.of(Setting.S3_ENDPOINT, "https://me:secret@store.example/x?key=secret"),
        null,
        Map.of(),
        new PrintWriter(out));
    assertThat(out.toString()).contains("s3.endpoint").contains("--s3-endpoint");
    assertThat(out.toString()).doesNotContain("secret");
  }
}
