/** A realistic live stream of events, so that there is something to query. */
package io.truenow.tools.demo;
