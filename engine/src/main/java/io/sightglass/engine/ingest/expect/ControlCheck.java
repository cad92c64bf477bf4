package io.sightglass.engine.ingest.expect;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.dataset.Dataset;
import io.sightglass.engine.ingest.landing.CompanionFile;
import io.sightglass.engine.ingest.ledger.LedgerEntry;
import io.sightglass.engine.ingest.ledger.Load;
import io.sightglass.engine.ingest.ledger.LoadOutcome;
import io.sightglass.engine.ingest.unpack.FileFault;
import io.sightglass.engine.storage.ObjectStore;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Compares what came with what the source says was sent. Immutable. */
public final class ControlCheck {

  private static final int MAX_BYTES = 1 << 20;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final ObjectStore landing;
  private final Dataset dataset;

  public ControlCheck(ObjectStore landing, Dataset dataset) {
    this.landing = landing;
    this.dataset = dataset;
  }

  /**
   * The control file of a delivery: without it, nothing of the delivery is loaded.
   *
   * @return empty also for a dataset that has none
   */
  public Optional<ObjectStore.StoredObject> find(LedgerEntry entry) {
    Dataset.Control control = dataset.control();
    return control == null
        ? Optional.empty()
        : new CompanionFile(landing, control.path()).find(dataset, entry.load().source());
  }

  /** What a delivery waits for; null: nothing. */
  public @Nullable String waitsFor(LedgerEntry entry) {
    Dataset.Control control = dataset.control();
    return control == null || find(entry).isPresent()
        ? null
        : "Waits for its control file, \"%s\"".formatted(control.path());
  }

  /**
   * The quarantine, where they differ and nobody has accepted that.
   *
   * @param rows read, of all objects that the control file is about
   * @param digests any of which may be meant: of the object as stored, and unpacked
   */
  public Optional<LoadOutcome> findDifference(LedgerEntry entry, long rows, List<String> digests) {
    Dataset.Control control = dataset.control();
    if (control == null || entry.accepted().contains(FileFault.CONTROL_MISMATCH.name())) {
      return Optional.empty();
    }
    String difference = difference(control, read(control, entry), rows, digests);
    return difference == null
        ? Optional.empty()
        : Optional.of(
            LoadOutcome.quarantined(
                FileFault.CONTROL_MISMATCH.name(),
                difference,
                new Load.RowCounts(rows, 0, 0, 0, 0)));
  }

  private @Nullable String difference(
      Dataset.Control control, JsonNode said, long rows, List<String> digests) {
    String rowsField = control.rows();
    if (rowsField != null) {
      JsonNode count = said.path(rowsField);
      if (!isNumber(count, rows)) {
        return "The control file's \"%s\" is %s; the file has %d rows"
            .formatted(rowsField, count.isNumber() ? count.asText() : "no such number", rows);
      }
    }
    String digestField = control.sha256();
    if (digestField != null) {
      String digest = said.path(digestField).asText("").strip().toLowerCase(Locale.ROOT);
      if (!digests.contains(digest)) {
        return "The control file's \"%s\" is not the SHA-256 of the file, packed or unpacked"
            .formatted(digestField);
      }
    }
    return null;
  }

  /** However it is written: {@code 2}, {@code 2.0} or {@code "2"}. */
  private static boolean isNumber(JsonNode count, long rows) {
    try {
      return new BigDecimal(count.asText().strip()).compareTo(BigDecimal.valueOf(rows)) == 0;
    } catch (NumberFormatException noNumber) {
      return false;
    }
  }

  /** What it says; nothing where it is no JSON object. */
  private JsonNode read(Dataset.Control control, LedgerEntry entry) {
    ObjectStore.StoredObject file =
        find(entry)
            .orElseThrow(() ->
                new EngineException(
                    ErrorCode.STORE_UNAVAILABLE,
                    "The control file \"%s\" has gone".formatted(control.path())));
    try (InputStream bytes = landing.read(file.key(), 0)) {
      JsonNode said = JSON.readTree(bytes.readNBytes(MAX_BYTES));
      return said == null ? JSON.createObjectNode() : said;
    } catch (JsonProcessingException noJson) {
      return JSON.createObjectNode();
    } catch (IOException failure) {
      throw new EngineException(
          ErrorCode.STORE_UNAVAILABLE, "The landing store broke off while reading", failure);
    }
  }
}
