/** The control plane's REST face: reads from this member's committed catalog, writes as commands through the leader. */
package io.truenow.control.rest;
