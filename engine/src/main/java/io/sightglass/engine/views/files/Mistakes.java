package io.sightglass.engine.views.files;

import io.sightglass.engine.Spelling;
import io.sightglass.engine.views.Mistake;
import io.sightglass.engine.views.MistakeCode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeSet;

/**
 * The mistakes and warnings found so far, each once, in the order of their places. Not thread-safe.
 */
public final class Mistakes {

  private static final int MOST_NAMED = 40;

  private final TreeSet<Mistake> mistakes = new TreeSet<>();
  private final TreeSet<Mistake> warnings = new TreeSet<>();

  /** Adds a mistake in words of its own. */
  public void add(Place place, MistakeCode code, String message) {
    mistakes.add(new Mistake(place.path(), place.line(), code, message));
  }

  /** Adds a mistake of the usual form: the value seen, what is allowed. */
  public void add(Place place, MistakeCode code, String seen, String allowed) {
    add(place, code, seen + "; allowed: " + allowed);
  }

  /**
   * Adds a mistake about a word that is not among those allowed, with the likeliest one meant.
   *
   * @param what what the word should name, such as {@code column}
   */
  public void addUnknown(
      Place place, MistakeCode code, String what, String word, Collection<String> allowed) {
    String list = allowed.isEmpty() ? "none here" : String.join(", ", first(allowed));
    String meant =
        Spelling.findLikest(word, allowed).map("; did you mean \"%s\"?"::formatted).orElse("");
    add(place, code, "%s \"%s\"".formatted(what, word), list + meant);
  }

  private static List<String> first(Collection<String> words) {
    List<String> first = new ArrayList<>(words.stream().limit(MOST_NAMED).toList());
    if (words.size() > MOST_NAMED) {
      first.add("… (" + words.size() + ")");
    }
    return first;
  }

  /** Adds what is worth a look but no mistake. */
  public void warn(Place place, MistakeCode code, String message) {
    warnings.add(new Mistake(place.path(), place.line(), code, message));
  }

  public List<Mistake> mistakes() {
    return List.copyOf(mistakes);
  }

  public List<Mistake> warnings() {
    return List.copyOf(warnings);
  }

  /** How many mistakes there are: a later, larger figure means that something failed in between. */
  public int count() {
    return mistakes.size();
  }
}
