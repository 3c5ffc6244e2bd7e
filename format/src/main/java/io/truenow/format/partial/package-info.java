/** Partial results of a query as they travel from a lane's query agent to a query node. */
package io.truenow.format.partial;
