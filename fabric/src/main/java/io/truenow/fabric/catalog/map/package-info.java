/** Persistent maps: a change leaves the former as it is and shares all that did not change with it. */
package io.truenow.fabric.catalog.map;
