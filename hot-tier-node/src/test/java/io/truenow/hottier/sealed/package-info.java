/** Tests of segment files. */
package io.truenow.hottier.sealed;
