/** The REST face of the query node: requests in, answers and problems out. */
package io.truenow.query.rest;
