package io.sightglass.web.wiring;

import io.sightglass.engine.alert.AlertService;
import io.sightglass.engine.database.FirstAnswers;
import io.sightglass.engine.ingest.LoadService;
import io.sightglass.engine.ingest.erasure.ErasureService;
import io.sightglass.engine.query.Catalogue;
import io.sightglass.engine.query.StatementLog;
import io.sightglass.engine.views.PolicyCompiler;
import io.sightglass.web.api.Encoders;
import io.sightglass.web.api.HealthReport;
import io.sightglass.web.api.MeController;
import io.sightglass.web.api.Statements;
import io.sightglass.web.api.stream.Answer;
import io.sightglass.web.security.Callers;
import io.sightglass.web.security.TokenVerifier;

/** What the HTTP API stands on. */
public record ServiceParts(
    Statements statements,
    StatementLog log,
    LoadService loads,
    ErasureService erasures,
    FirstAnswers answers,
    AlertService alerts,
    Catalogue catalogue,
    PolicyCompiler policies,
    Encoders encoders,
    Answer.Pace pace,
    Callers.CurrentPack pack,
    MeController.Usage usage,
    HealthReport health,
    TokenVerifier tokens) {}
