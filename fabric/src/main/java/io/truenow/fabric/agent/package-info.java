/** How agents get their threads. */
package io.truenow.fabric.agent;
