package io.sightglass.engine.result;

import io.sightglass.engine.query.StatementOutput;

/** Encodes a statement's answer in one format. Stateless, thread-safe; one stream per statement. */
public interface ResultEncoder extends StatementOutput<ResultStream> {

  ResultFormat format();
}
