/** A service's way to the control plane: commands, registration and lease. */
package io.truenow.fabric.control;
