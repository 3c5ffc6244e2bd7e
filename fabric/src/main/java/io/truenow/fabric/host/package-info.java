/** Names and addresses of hosts as text. */
package io.truenow.fabric.host;
