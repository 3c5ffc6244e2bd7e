/** Plans, scatters, merges and answers queries. */
package io.truenow.query;
