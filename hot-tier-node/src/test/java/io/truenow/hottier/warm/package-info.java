/** Tests of the warm-up. */
package io.truenow.hottier.warm;
