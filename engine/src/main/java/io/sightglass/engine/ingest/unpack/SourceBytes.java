package io.sightglass.engine.ingest.unpack;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.ErrorCode;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.MalformedInputException;
import java.nio.charset.UnmappableCharacterException;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;
import java.util.zip.ZipException;

/**
 * The text of a delivered object as UTF-8: unpacked by the ending of its name, transcoded from its
 * declared encoding, digested on the way. Used by one thread; the caller closes it.
 *
 * <p>Whatever is wrong with the bytes is a {@link BrokenFileException}, whatever is wrong with the
 * store an {@link EngineException}.
 */
public final class SourceBytes implements AutoCloseable {

  /** An archive may be this much larger than its packed form, beyond {@link #FREE_BYTES}. */
  private static final long MAX_EXPANSION = 200;

  private static final long FREE_BYTES = 256L << 20;

  private final DigestInputStream stored;
  private final BufferedInputStream ahead;
  private final CountingStream packed;
  private final Packing packing;
  private final InputStream text;
  private final MessageDigest content;
  private boolean isBegun;
  private long unpacked;

  private SourceBytes(InputStream object, String name, String encoding) {
    stored = new DigestInputStream(object, sha256Digest());
    ahead = new BufferedInputStream(stored, 1 << 16);
    packed = new CountingStream(ahead);
    content = sha256Digest();
    packing = Packing.of(name);
    InputStream bytes =
        switch (packing) {
          case NONE -> packed;
          case GZIP -> new GzipMembers(packed);
          case ZSTD -> new ZstdFrames(packed);
        };
    text = Transcoding.toUtf8(new Unpacked(bytes), encoding);
  }

  /**
   * Opens an object's text.
   *
   * @param object closed with this
   * @param name its key; {@code .gz} and {@code .zst} mean compression
   * @param encoding declared by the contract
   */
  public static SourceBytes open(InputStream object, String name, String encoding) {
    return new SourceBytes(object, name, encoding);
  }

  /** Refuses what unpacks to far more than it is itself. */
  public static void checkExpansion(String what, long unpacked, long packed) {
    if (unpacked > FREE_BYTES && unpacked / MAX_EXPANSION > packed) {
      throw new BrokenFileException(
          FileFault.MALFORMED,
          "The %s unpacks to more than %d times its size; allowed beyond %d MB: less"
              .formatted(what, MAX_EXPANSION, FREE_BYTES >> 20));
    }
  }

  /** Fills {@code target} from {@code offset} on as far as possible at once; -1 at the end. */
  public int read(byte[] target, int offset, int length) {
    try {
      if (!isBegun) {
        isBegun = true;
        checkBeginning();
      }
      return text.read(target, offset, length);
    } catch (IOException broken) {
      throw translate(broken);
    }
  }

  /** The name says how the object is packed; its first bytes must not say otherwise. */
  private void checkBeginning() throws IOException {
    ahead.mark(Archive.MARK_BYTES);
    byte[] first = ahead.readNBytes(Archive.MARK_BYTES);
    ahead.reset();
    if (packing != Packing.NONE && first.length == 0) {
      throw new BrokenFileException(
          FileFault.CUT_OFF, "The file is empty; its name says that it is an archive");
    }
    Archive seen = Archive.of(first);
    if (seen.contradicts(packing)) {
      throw new BrokenFileException(
          FileFault.MALFORMED,
          "The file is a %s archive; its name says %s"
              .formatted(
                  seen.name().toLowerCase(Locale.ROOT),
                  packing == Packing.NONE
                      ? "that it is none, allowed: .gz and .zst"
                      : packing.name().toLowerCase(Locale.ROOT)));
    }
  }

  /** Reads what is left, so that the digests stand for the whole object. */
  public void drain() {
    byte[] scratch = new byte[1 << 16];
    int count;
    do {
      count = read(scratch, 0, scratch.length);
    } while (count >= 0);
    try {
      stored.skipNBytes(0);
      int rest;
      do {
        rest = stored.read(scratch);
      } while (rest >= 0);
    } catch (IOException broken) {
      throw translate(broken);
    }
  }

  /**
   * Reads the stored bytes to their end after the file was found to be broken: a store that checks
   * what it sends says then whether the transfer is at fault instead.
   *
   * @throws EngineException if it is
   */
  public void blameTransfer() {
    try {
      stored.transferTo(OutputStream.nullOutputStream());
    } catch (IOException damaged) {
      throw new EngineException(
          ErrorCode.STORE_UNAVAILABLE, "The landing store broke off while reading", damaged);
    }
  }

  /** SHA-256 of the object's bytes as stored, in hex; call it once, after {@link #drain}. */
  public String sha256() {
    return HexFormat.of().formatHex(clone(stored.getMessageDigest()).digest());
  }

  /** SHA-256 of the unpacked bytes, in hex; after {@link #drain}. */
  public String contentSha256() {
    return packing == Packing.NONE ? sha256() : HexFormat.of().formatHex(clone(content).digest());
  }

  @Override
  public void close() {
    try {
      text.close();
      stored.close();
    } catch (IOException ignored) {
      // Nothing is written through these streams, and what was read has been checked.
      unpacked = -1;
    }
  }

  /** What went wrong with the bytes, or with the store that they come from. */
  static RuntimeException translate(IOException failure) {
    return switch (failure) {
      case EOFException end ->
          new BrokenFileException(FileFault.CUT_OFF, "The archive ends before its end");
      case ZipException zip ->
          new BrokenFileException(FileFault.MALFORMED, "The archive is damaged or is no gzip");
      case MalformedInputException encoding -> Transcoding.wrongEncoding();
      case UnmappableCharacterException encoding -> Transcoding.wrongEncoding();
      default ->
          new EngineException(
              ErrorCode.STORE_UNAVAILABLE, "The landing store broke off while reading", failure);
    };
  }

  private static MessageDigest clone(MessageDigest digest) {
    try {
      return (MessageDigest) digest.clone();
    } catch (CloneNotSupportedException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private static MessageDigest sha256Digest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private enum Packing {
    NONE,
    GZIP,
    ZSTD;

    static Packing of(String name) {
      return name.endsWith(".gz") ? GZIP : name.endsWith(".zst") ? ZSTD : NONE;
    }
  }

  /** What the first bytes of a file say that it is. */
  private enum Archive {
    GZIP(Packing.GZIP, "1f8b08"),
    ZSTD(Packing.ZSTD, "28b52ffd"),
    ZIP(Packing.NONE, "504b0304"),
    UNKNOWN(Packing.NONE, "");

    static final int MARK_BYTES = 4;

    private final Packing packing;
    private final String mark;

    Archive(Packing packing, String mark) {
      this.packing = packing;
      this.mark = mark;
    }

    static Archive of(byte[] first) {
      String digits = HexFormat.of().formatHex(first);
      return Arrays.stream(values())
          .filter(archive -> digits.startsWith(archive.mark))
          .findFirst()
          .orElse(UNKNOWN);
    }

    /** Whether a name that says {@code packed} is wrong about it. */
    boolean contradicts(Packing packed) {
      return this == ZIP || (this != UNKNOWN && packing != packed);
    }
  }

  private static final class CountingStream extends FilterInputStream {
    private long count;

    CountingStream(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      int value = super.read();
      count += value < 0 ? 0 : 1;
      return value;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      int read = super.read(target, offset, length);
      count += Math.max(read, 0);
      return read;
    }
  }

  /** The unpacked bytes: digested, and bounded, since a small archive may hold terabytes. */
  private final class Unpacked extends FilterInputStream {
    Unpacked(InputStream in) {
      super(in);
    }

    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      int read = super.read(target, offset, length);
      if (read > 0 && packing != Packing.NONE) {
        unpacked += read;
        checkExpansion("archive", unpacked, packed.count);
        content.update(target, offset, read);
      }
      return read;
    }
  }
}
