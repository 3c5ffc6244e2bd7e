/** The gateway's journal: requests in, one document each, positions assigned; and the way back to what was appended. */
package io.truenow.gateway.journal;
