package io.sightglass.engine.query;

import io.sightglass.engine.ErrorCode;
import io.sightglass.engine.QualifiedName;
import io.sightglass.engine.query.StatementAnswer.PolicyAsApplied;
import io.sightglass.engine.query.StatementAnswer.TableAsRead;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One statement's record. Immutable.
 *
 * @param text as its author wrote it: for the author alone
 * @param hash SHA-256 of the canonical text, in hex; of the text as written when the guard refused
 * @param decision {@code ALLOWED} or {@code DENIED}
 * @param reason which rule decided, in words
 * @param views every view that it names
 * @param identified whether it read an identified view
 * @param bytes of the answer, before compression
 * @param digest {@code crc32c=:…:} of the answer; null until it is complete
 */
public record StatementRecord(
    String id,
    String user,
    String text,
    String hash,
    String format,
    StatementState state,
    String decision,
    String reason,
    List<QualifiedName> views,
    List<TableAsRead> tables,
    @Nullable PolicyAsApplied policy,
    boolean identified,
    double progress,
    @Nullable Long rowCount,
    @Nullable Long bytes,
    @Nullable String digest,
    Instant submittedAt,
    @Nullable Instant startedAt,
    @Nullable Instant endedAt,
    @Nullable ErrorCode errorCode,
    @Nullable String errorDetail) {}
