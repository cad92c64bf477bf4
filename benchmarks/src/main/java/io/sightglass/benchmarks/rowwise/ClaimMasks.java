package io.sightglass.benchmarks.rowwise;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.security.GeneralSecurityException;
import java.util.HexFormat;
import java.util.regex.Pattern;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** The masks of the contract of claims, a value at a time. Used by one thread. */
final class ClaimMasks {

  private static final String REDACTED = "[redacted]";
  private static final int PSEUDONYM_DIGITS = 32;
  private static final int SHOWN = 4;

  private static final Pattern IDENTIFIER =
      Pattern.compile(
          "[^\\s@<>()\\[\\],;:\"]+@[\\w-]+(?:\\.[\\w-]+)*"
              + "|[A-Za-z_]*\\+?\\(?\\d(?:[\\s.()/_-]{0,3}\\d){8,}\\w*"
              + "|\\w*\\d{6,}\\w*|\\b\\d{3}[\\s.-]\\d{4}\\b");

  private final Mac mac;

  ClaimMasks(byte[] key) throws GeneralSecurityException {
    mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(key, "HmacSHA256"));
  }

  String pseudonym(String text) {
    return HexFormat.of()
        .formatHex(mac.doFinal(text.getBytes(UTF_8)))
        .substring(0, PSEUDONYM_DIGITS);
  }

  static String last4(String text) {
    int letters = 0;
    for (int index = 0; index < text.length(); index++) {
      letters += Character.isLetterOrDigit(text.charAt(index)) ? 1 : 0;
    }
    int hidden = letters > SHOWN ? letters - SHOWN : letters;
    StringBuilder masked = new StringBuilder(text);
    for (int index = 0; index < text.length() && hidden > 0; index++) {
      if (Character.isLetterOrDigit(text.charAt(index))) {
        masked.setCharAt(index, '*');
        hidden--;
      }
    }
    return masked.toString();
  }

  static String redact(String text) {
    return REDACTED;
  }

  static String scrub(String text) {
    return IDENTIFIER.matcher(text).replaceAll(REDACTED);
  }
}
