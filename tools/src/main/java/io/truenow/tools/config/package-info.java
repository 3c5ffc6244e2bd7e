/** The configuration of a process on the command line. */
package io.truenow.tools.config;
