package io.truenow.fabric.agent;

/** What an agent does, from which the process derives the thread that runs it. */
public enum AgentDuty {
    /** Catalog view, control client, leases, catalog publication: rare and small. */
    COORDINATION,
    /** A gateway's journal and publication. */
    JOURNAL,
    /** A lane: applies batches. */
    LANE,
    /** A query agent: scans. */
    QUERY_AGENT,
    /** A query node's scatter and merge. */
    QUERY_NODE
}
