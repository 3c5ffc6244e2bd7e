/** Tests of the query agent. */
package io.truenow.hottier.query;
