/** Tests of cubes. */
package io.truenow.hottier.cube;
