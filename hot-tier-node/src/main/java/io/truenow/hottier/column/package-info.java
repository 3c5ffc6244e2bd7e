/** Columns of blocks, read whatever their encoding. */
package io.truenow.hottier.column;
