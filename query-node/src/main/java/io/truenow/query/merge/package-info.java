/** Partial results of lanes become one answer: merged, ordered, limited, written as JSON. */
package io.truenow.query.merge;
