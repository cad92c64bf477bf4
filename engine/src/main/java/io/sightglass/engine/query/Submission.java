package io.sightglass.engine.query;

import io.sightglass.engine.EngineException;
import io.sightglass.engine.access.Principal;
import java.time.Instant;
import java.util.List;

/** A statement as it was handed in: what every record of it begins with. Immutable. */
record Submission(String id, StatementRequest request, Principal principal, Instant submittedAt) {

  /** The record of one that may run. */
  StatementRecord allowed(StatementPlan plan) {
    return new StatementRecord(
        id,
        principal.user(),
        request.sql(),
        Digests.sha256(plan.guarded().text()),
        request.format(),
        StatementState.QUEUED,
        "ALLOWED",
        reason(plan),
        List.copyOf(plan.guarded().views()),
        plan.tablesAsRead(),
        plan.policyAsApplied(),
        plan.identified(),
        0,
        null,
        null,
        null,
        submittedAt,
        null,
        null,
        null,
        null);
  }

  /** The record of one that was allowed and answered without running it. */
  StatementRecord answeredWithoutRunning(StatementPlan plan, String how, Instant now) {
    return new StatementRecord(
        id,
        principal.user(),
        request.sql(),
        Digests.sha256(plan.guarded().text()),
        request.format(),
        StatementState.SUCCEEDED,
        "ALLOWED",
        how + "; " + reason(plan),
        List.copyOf(plan.guarded().views()),
        plan.tablesAsRead(),
        plan.policyAsApplied(),
        plan.identified(),
        1,
        null,
        null,
        null,
        submittedAt,
        now,
        now,
        null,
        null);
  }

  /** The record of one that may not. */
  StatementRecord denied(EngineException failure, Instant now) {
    return new StatementRecord(
        id,
        principal.user(),
        request.sql(),
        Digests.sha256(request.sql()),
        request.format(),
        StatementState.FAILED,
        "DENIED",
        failure.code() + ": " + failure.detail(),
        List.of(),
        List.of(),
        null,
        false,
        0,
        null,
        null,
        null,
        submittedAt,
        null,
        now,
        failure.code(),
        failure.detail());
  }

  private static String reason(StatementPlan plan) {
    return plan.roles().isEmpty() ? "reads no view" : "granted by " + plan.roles();
  }
}
