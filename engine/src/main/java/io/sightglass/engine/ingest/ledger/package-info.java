/** What became of every delivered object, and what people are told of it. */
@NullMarked
package io.sightglass.engine.ingest.ledger;

import org.jspecify.annotations.NullMarked;
