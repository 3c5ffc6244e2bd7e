/** Tests of the loops that are written twice. */
package io.truenow.engine.scan.loop;
