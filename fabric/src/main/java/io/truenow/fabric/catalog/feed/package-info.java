/** A service's view of the catalog: follows what a control member publishes. */
package io.truenow.fabric.catalog.feed;
