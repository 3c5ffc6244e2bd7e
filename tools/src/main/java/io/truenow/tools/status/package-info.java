/** {@code truenow status}. */
package io.truenow.tools.status;
