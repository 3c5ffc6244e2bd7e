/** Predicates over random blocks, compared with plain trees. */
package io.truenow.engine.scan.predicate;
