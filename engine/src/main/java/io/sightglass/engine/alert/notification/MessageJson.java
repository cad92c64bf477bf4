package io.sightglass.engine.alert.notification;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import java.util.TreeMap;

/** A notification as webhooks receive it. */
final class MessageJson {

  private static final ObjectMapper JSON = new ObjectMapper();

  private MessageJson() {}

  static byte[] of(Notification notification, Recipients recipients) {
    Message message = notification.message();
    ObjectNode body = JSON.createObjectNode();
    body.put("id", notification.id());
    body.put("event", message.event().key());
    body.put("at", notification.createdAt().toString());
    body.put("subject", message.subject());
    body.put("severity", message.severity());
    body.put("title", message.title());
    body.put("detail", message.detail());
    body.put("dataset", message.dataset() == null ? null : message.dataset().toString());
    body.put("link", recipients.link(message));
    ObjectNode contact = body.putObject("contact");
    Map<String, String> people = new TreeMap<>(recipients.contact(message));
    people.forEach(contact::put);
    ObjectNode numbers = body.putObject("numbers");
    new TreeMap<>(message.numbers()).forEach(numbers::put);
    try {
      return JSON.writeValueAsBytes(body);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("A notification could not be written", e);
    }
  }
}
