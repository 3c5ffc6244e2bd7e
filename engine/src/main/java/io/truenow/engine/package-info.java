/** Storing and scanning events, as a library: knows no lane, no service and no transport. */
package io.truenow.engine;
