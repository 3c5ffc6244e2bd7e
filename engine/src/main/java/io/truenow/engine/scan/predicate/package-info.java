/** Filters: the tree of a query, its meaning in one segment, and the rows of a block that it is true of. Belongs to the query agent. */
package io.truenow.engine.scan.predicate;
