/** Merging and writing against a plain model. */
package io.truenow.query.merge;
