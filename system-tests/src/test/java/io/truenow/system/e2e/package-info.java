/** The product as its users meet it: processes, REST, signals. */
package io.truenow.system.e2e;
