/** The strict parser against tables of requests. */
package io.truenow.query.rest;
