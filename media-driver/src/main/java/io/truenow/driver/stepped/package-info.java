/** A process whose driver, client and agents run when they are told to. */
package io.truenow.driver.stepped;
