/** What a lane gathers for sketches: from rows in blocks, by segment, in cubes and in a query's result. Belongs to the query agent. */
package io.truenow.engine.scan.sketch;
