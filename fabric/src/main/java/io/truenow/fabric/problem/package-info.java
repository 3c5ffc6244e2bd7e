/** What a request can be refused for: one code for one cause, whichever edge tells it. Knows no transport. */
package io.truenow.fabric.problem;
