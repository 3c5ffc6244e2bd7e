/**
 * How a request is served, whichever version of HTTP brought it: the room it takes, the rules it is held against, its exchange, its
 * streamed reply. The protocols above only read and write.
 */
package io.truenow.fabric.http.serve;
