/** Dimension values: a lane's table of distinct byte strings and the segments' own dictionaries over it. */
package io.truenow.engine.store.value;
