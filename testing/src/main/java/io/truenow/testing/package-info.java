/** Test support that knows no service. */
package io.truenow.testing;
