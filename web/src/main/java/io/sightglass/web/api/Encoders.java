package io.sightglass.web.api;

import io.sightglass.engine.result.ResultEncoder;
import io.sightglass.engine.result.ResultFormat;

/** The encoder for what was negotiated. */
@FunctionalInterface
public interface Encoders {

  ResultEncoder encoder(ResultFormat format, Negotiation.ArrowCodec codec);
}
