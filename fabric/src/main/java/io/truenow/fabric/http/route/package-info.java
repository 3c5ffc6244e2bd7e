/** Routes of an edge, and what their handlers are given: exchanges, streamed replies, problems as HTTP tells them. */
package io.truenow.fabric.http.route;
