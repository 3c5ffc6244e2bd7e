/** Runs the engine's code on rows of nobody while the node starts, so that it is compiled before the first query and the first event. */
package io.truenow.hottier.warm;
