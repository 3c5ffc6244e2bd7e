/** The loops over columns of a block that are written twice: by vectors, and plainly for as long as vector code is not compiled. */
package io.truenow.engine.scan.loop;
