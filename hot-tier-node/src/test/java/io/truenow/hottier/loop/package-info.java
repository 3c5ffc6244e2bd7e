/** Tests of the loops that are written twice. */
package io.truenow.hottier.loop;
