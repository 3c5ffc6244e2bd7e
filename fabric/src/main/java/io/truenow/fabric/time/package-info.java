/** Wall time. */
package io.truenow.fabric.time;
