/** One YAML file, documented defaults, overrides by environment and command line, bound to records. */
package io.truenow.fabric.config;
