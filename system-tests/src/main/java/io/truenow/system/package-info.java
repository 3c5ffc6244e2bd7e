/** The harness that starts real processes. */
package io.truenow.system;
