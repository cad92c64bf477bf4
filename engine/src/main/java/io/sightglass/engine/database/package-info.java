/**
 * The metadata database: connections, transactions, migrations. The only importer of its libraries;
 * no feature lives here.
 */
@NullMarked
package io.sightglass.engine.database;

import org.jspecify.annotations.NullMarked;
