/** {@code truenow segment}: what is in segment files. */
package io.truenow.tools.segment;
