/** The control plane. */
package io.truenow.control;
