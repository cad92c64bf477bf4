package io.sightglass.engine.ingest.erasure;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ingest.erasure.Erasure.LandingObject;
import io.sightglass.engine.storage.ObjectStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Removes objects of the landing store that are known to have brought a person, where the
 * deployment says so. Immutable; run once more it goes on, whatever it was interrupted in.
 */
final class LandingRemoval {

  private static final Logger LOG = LoggerFactory.getLogger(LandingRemoval.class);

  private final ObjectStore landing;

  LandingRemoval(ObjectStore landing) {
    this.landing = landing;
  }

  /** The same objects, with what became of each; one that the store did not remove stays listed. */
  List<LandingObject> run(List<LandingObject> objects) {
    List<LandingObject> after = new ArrayList<>();
    int failed = 0;
    String last = "";
    for (LandingObject object : objects) {
      Erasure.Fate fate = object.fate();
      if (fate == Erasure.Fate.LISTED) {
        try {
          fate = remove(object);
        } catch (EngineException e) {
          failed++;
          last = e.code() + ": " + e.detail();
        }
      }
      after.add(object.with(fate));
    }
    if (failed > 0) {
      LOG.warn(
          "{} landing objects that hold an erased person were not removed, and are tried again in a"
              + " minute: {}",
          failed,
          last);
    }
    return after;
  }

  private Erasure.Fate remove(LandingObject object) {
    Optional<ObjectStore.StoredObject> there = landing.find(object.name());
    if (there.isPresent() && !there.get().etag().equals(object.etag())) {
      return Erasure.Fate.REPLACED; // by one that the ledger has as another delivery, or will have
    }
    if (there.isPresent()) {
      landing.delete(object.name());
    }
    return Erasure.Fate.REMOVED;
  }
}
