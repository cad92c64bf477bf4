/** Which columns of tables a query reads, and which of them reach its result. */
@NullMarked
package io.sightglass.engine.sql.lineage;

import org.jspecify.annotations.NullMarked;
