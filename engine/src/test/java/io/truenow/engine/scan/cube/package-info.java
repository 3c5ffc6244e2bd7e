/** Tests of cubes. */
package io.truenow.engine.scan.cube;
