/** Query agents: the only readers of their lane's memory. */
package io.truenow.hottier.query;
