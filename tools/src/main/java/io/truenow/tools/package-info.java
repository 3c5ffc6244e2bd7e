/** The command line and the launchers of processes. */
package io.truenow.tools;
