/** Columns of blocks, read whatever their encoding. */
package io.truenow.engine.scan.column;
