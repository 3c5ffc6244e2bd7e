/** One agent sends bound plans to the lanes that own a query's shards, retries what passes, and gathers what comes back. */
package io.truenow.query.scatter;
