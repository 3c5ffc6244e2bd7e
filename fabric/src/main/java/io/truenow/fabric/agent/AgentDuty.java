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
    /** Writes a node's segment files: a call may take seconds, so it shares a thread with none that must not wait. */
    SEALER,
    /** A query node's scatter and merge. */
    QUERY_NODE
}
