/** The REST contract as the command line's own commands use it. */
package io.truenow.tools.rest;
