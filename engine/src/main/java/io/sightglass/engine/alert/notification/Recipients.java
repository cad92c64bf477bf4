package io.sightglass.engine.alert.notification;

import io.sightglass.engine.QualifiedName;
import java.net.URI;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Who a message is for, and where they look. Immutable.
 *
 * @param contacts the contact of a dataset as its contract says now; empty: none
 * @param publicUrl the service's address as people reach it; null: not known
 */
public record Recipients(
    Function<QualifiedName, Map<String, String>> contacts, @Nullable URI publicUrl) {

  /** Empty where the message is about no dataset. */
  Map<String, String> contact(Message message) {
    QualifiedName dataset = message.dataset();
    return dataset == null ? Map.of() : contacts.apply(dataset);
  }

  /** Complete where the service's address is known, else its path; null: nowhere in particular. */
  @Nullable String link(Message message) {
    String link = message.link();
    if (link == null || publicUrl == null || !link.startsWith("/")) {
      return link;
    }
    String base = publicUrl.toString();
    return (base.endsWith("/") ? base.substring(0, base.length() - 1) : base) + link;
  }
}
