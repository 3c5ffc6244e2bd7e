/** Reads the pages of README and docs, runs what they say, and holds their names against the product's. */
package io.truenow.system.pages;
