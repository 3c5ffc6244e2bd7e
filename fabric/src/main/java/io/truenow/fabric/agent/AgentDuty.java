package io.truenow.fabric.agent;

/** What an agent does, from which the process derives the thread that runs it. */
public enum AgentDuty {
    /** Catalog view, control client, leases, catalog publication: rare and small. */
    COORDINATION(false),
    /** A gateway's journal and publication. */
    JOURNAL(true),
    /** A lane: applies batches. */
    LANE(true),
    /** A query agent: scans. */
    QUERY_AGENT(true),
    /** Writes a node's segment files: a call may take seconds, so it shares a thread with none that must not wait. */
    SEALER(false),
    /** A query node's scatter and merge. */
    QUERY_NODE(true);

    private final boolean isUrgent;

    AgentDuty(final boolean isUrgent) {
        this.isUrgent = isUrgent;
    }

    /** Whether an event or a query waits while such an agent pauses. */
    public boolean isUrgent() {
        return isUrgent;
    }
}
