/** Kernels over random blocks of every encoding, compared with plain loops. */
package io.truenow.engine.scan.kernel;
