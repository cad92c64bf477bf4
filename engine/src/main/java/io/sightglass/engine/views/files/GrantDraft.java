package io.sightglass.engine.views.files;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One entry of a {@code grants.yaml} as far as it could be read; nothing in it is resolved.
 * Immutable.
 *
 * @param rolePlace where the role is named
 * @param views the named ones, with their places
 * @param wildcard where {@code *} stands; null: it does not
 * @param filter null: none
 * @param hide the columns, with their places
 * @param unmasked the reasons by column
 */
public record GrantDraft(
    String role,
    Place rolePlace,
    String schema,
    Place place,
    Map<String, Place> views,
    @Nullable Place wildcard,
    @Nullable Placed filter,
    Map<String, Place> hide,
    Map<String, MaskDraft> masks,
    @Nullable Placed unfiltered,
    Map<String, Placed> unmasked) {

  /** A text and its place. */
  public record Placed(String text, Place place) {}

  /**
   * One mask of a grant.
   *
   * @param with a mask's name or a macro's; empty: it could not be read
   */
  public record MaskDraft(String with, @Nullable Placed unless, Place place) {}
}
