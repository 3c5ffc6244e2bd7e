/** Tests of the hot-tier node as a whole. */
package io.truenow.hottier;
