/** How a ring meets a thread that is about to rest. */
package io.truenow.fabric.agent;
