/** A third edge, in under 200 lines: what it takes to add one. */
package io.truenow.gateway.edge.line;
