package io.sightglass.web.wiring;

import io.micronaut.context.annotation.Factory;
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
import jakarta.inject.Singleton;

/** Hands the parts of the service to the controllers. */
@Factory
final class HttpBeans {

  private final ServiceParts parts;

  HttpBeans(ServiceParts parts) {
    this.parts = parts;
  }

  @Singleton
  Statements statements() {
    return parts.statements();
  }

  @Singleton
  StatementLog log() {
    return parts.log();
  }

  @Singleton
  LoadService loads() {
    return parts.loads();
  }

  @Singleton
  ErasureService erasures() {
    return parts.erasures();
  }

  @Singleton
  FirstAnswers answers() {
    return parts.answers();
  }

  @Singleton
  AlertService alerts() {
    return parts.alerts();
  }

  @Singleton
  Catalogue catalogue() {
    return parts.catalogue();
  }

  @Singleton
  PolicyCompiler policies() {
    return parts.policies();
  }

  @Singleton
  Encoders encoders() {
    return parts.encoders();
  }

  @Singleton
  Answer.Pace pace() {
    return parts.pace();
  }

  @Singleton
  Callers.CurrentPack pack() {
    return parts.pack();
  }

  @Singleton
  MeController.Usage usage() {
    return parts.usage();
  }

  @Singleton
  HealthReport health() {
    return parts.health();
  }

  @Singleton
  TokenVerifier tokens() {
    return parts.tokens();
  }
}
