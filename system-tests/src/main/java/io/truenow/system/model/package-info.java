/** What the answers ought to be: the plainest code that computes them. */
package io.truenow.system.model;
