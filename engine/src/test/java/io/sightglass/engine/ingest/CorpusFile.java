package io.sightglass.engine.ingest;

import com.github.luben.zstd.Zstd;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.SequenceInputStream;
import java.nio.ByteBuffer;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of one file of the corpus, made of the text in its case step by step. Used once, by one
 * thread; the corpus' README says what the steps are.
 */
final class CorpusFile {

  /** Bytes in hex, one character by its number, or a text so many times. */
  private static final Pattern MARK =
      Pattern.compile("«(?:U\\+([0-9A-F]{4,6})|([0-9]+)\\*([^»]*)|([0-9A-F ]+))»");

  private final List<String> steps;
  private boolean isMade;
  private String text;
  private Charset charset = StandardCharsets.UTF_8;
  private byte @Nullable [] bytes;
  private byte @Nullable [] unpacked;
  private int times = 1;

  private CorpusFile(List<String> lines, List<String> steps) {
    text = lines.isEmpty() ? "" : String.join("\n", lines) + "\n";
    this.steps = steps;
  }

  /** The file that {@code steps} make of {@code lines}, when it is wanted. */
  static CorpusFile of(List<String> lines, List<String> steps) {
    return new CorpusFile(lines, steps);
  }

  private void make() {
    if (!isMade) {
      isMade = true;
      steps.forEach(this::apply);
    }
  }

  /** What lies in the landing store. */
  SequenceInputStream stored() {
    make();
    return new SequenceInputStream(
        Collections.enumeration(
            Collections.nCopies(times, current()).stream()
                .map(ByteArrayInputStream::new)
                .toList()));
  }

  /** The same before it was packed. */
  byte[] unpacked() {
    make();
    return unpacked == null ? current() : unpacked;
  }

  Charset charset() {
    make();
    return charset;
  }

  private byte[] current() {
    byte[] made = bytes;
    if (made == null) {
      made = expand();
      bytes = made;
    }
    return made;
  }

  private void apply(String step) {
    String[] words = step.split(" ", 2);
    String rest = words.length > 1 ? words[1] : "";
    switch (words[0]) {
      case "open" -> text = text.substring(0, text.length() - 1);
      case "crlf" -> text = text.replace("\n", "\r\n");
      case "cr" -> text = text.replace("\n", "\r");
      case "encode" -> charset = Charset.forName(rest);
      case "avro" -> bytes = CorpusFormats.avro(text, rest);
      case "parquet" -> bytes = CorpusFormats.parquet(text, rest);
      case "gzip" -> pack(gzip(current()));
      case "zstd" -> pack(Zstd.compress(current()));
      case "repeat" -> times = Integer.parseInt(rest);
      case "cut" -> bytes = Arrays.copyOf(current(), current().length - Integer.parseInt(rest));
      case "keep" -> bytes = Arrays.copyOf(current(), Integer.parseInt(rest));
      case "put" -> put(rest.split(" ", 2));
      case "swap" -> swap(rest.split(" ", 2));
      default -> throw new IllegalArgumentException("Step \"" + step + "\"; see the README");
    }
  }

  private void pack(byte[] packed) {
    unpacked = current();
    bytes = packed;
  }

  private void put(String[] words) {
    int offset = Integer.parseInt(words[0]);
    byte[] changed = current().clone();
    byte[] put = hex(words[1]);
    System.arraycopy(put, 0, changed, offset < 0 ? changed.length + offset : offset, put.length);
    bytes = changed;
  }

  private void swap(String[] words) {
    String all = new String(current(), StandardCharsets.ISO_8859_1);
    String by = new String(hex(words[1]), StandardCharsets.ISO_8859_1);
    if (!all.contains(words[0]) || by.length() != words[0].length()) {
      throw new IllegalArgumentException("swap " + words[0] + ": not there, or of other length");
    }
    bytes = all.replace(words[0], by).getBytes(StandardCharsets.ISO_8859_1);
  }

  private byte[] expand() {
    var out = new ByteArrayOutputStream();
    Matcher mark = MARK.matcher(text);
    int from = 0;
    while (mark.find()) {
      out.writeBytes(encode(text.substring(from, mark.start())));
      out.writeBytes(marked(mark));
      from = mark.end();
    }
    out.writeBytes(encode(text.substring(from)));
    return out.toByteArray();
  }

  private byte[] marked(Matcher mark) {
    if (mark.group(4) != null) {
      return hex(mark.group(4));
    }
    if (mark.group(1) != null) {
      return encode(Character.toString(Integer.parseInt(mark.group(1), 16)));
    }
    int count = Integer.parseInt(mark.group(2));
    String part = mark.group(3).replace('\u2400', '\0');
    return encode(part.contains("#") ? numbered(part, count) : part.repeat(count));
  }

  private static String numbered(String part, int times) {
    StringBuilder repeated = new StringBuilder();
    for (int index = 1; index <= times; index++) {
      repeated.append(part.replace("#", Integer.toString(index)));
    }
    return repeated.toString();
  }

  private byte[] encode(String part) {
    ByteBuffer encoded = charset.encode(part);
    byte[] exact = new byte[encoded.remaining()];
    encoded.get(exact);
    return exact;
  }

  private static byte[] hex(String digits) {
    return HexFormat.of().parseHex(digits.replace(" ", ""));
  }

  private static byte[] gzip(byte[] plain) {
    var packed = new ByteArrayOutputStream();
    try (var out = new GZIPOutputStream(packed)) {
      out.write(plain);
    } catch (IOException impossible) {
      throw new IllegalStateException(impossible);
    }
    return packed.toByteArray();
  }
}
