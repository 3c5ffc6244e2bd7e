/**
 * The wire: ids of streams, templates and counters. Flyweights are generated from {@code src/main/resources/sbe} into the packages below.
 */
package io.truenow.codecs;
