/** Tests of what writes segment files. */
package io.truenow.hottier.sealed.write;
