package io.truenow.query.scatter;

import io.aeron.FragmentAssembler;
import io.aeron.logbuffer.Header;
import io.truenow.codecs.query.LaneStatsDecoder;
import io.truenow.codecs.query.MessageHeaderDecoder;
import io.truenow.codecs.query.PartialResultDecoder;
import io.truenow.fabric.catalog.CatalogView;
import io.truenow.fabric.problem.Problem;
import io.truenow.fabric.problem.ProblemCode;
import io.truenow.query.merge.MergeBudget;
import io.truenow.query.merge.PartialMerge;
import org.agrona.DirectBuffer;
import org.agrona.ErrorHandler;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.ManyToOneConcurrentArrayQueue;
import org.agrona.concurrent.NanoClock;

import java.util.ArrayList;
import java.util.List;

/**
 * Carries out a query node's queries: owns the links to lanes, all running queries and their merges. Everything happens on its one thread;
 * others reach it through {@link #proxy}.
 */
public final class ScatterAgent implements Agent {
    private static final int COMMAND_LIMIT = 64;
    private static final int FRAGMENT_LIMIT = 64;
    private static final long SWEEP_INTERVAL_NS = 200_000L;

    private final CatalogView catalogView;
    private final LaneLinks links;
    private final ScatterSettings settings;
    private final LaneRequests requests;
    private final ScatterContext context;
    private final ScatterMetrics metrics;
    private final ErrorHandler errors;
    private final NanoClock nanoClock;
    private final ManyToOneConcurrentArrayQueue<ScatterCommand> commands;
    private final ScatterProxy proxy;
    private final FragmentAssembler assembler = new FragmentAssembler(this::onMessage);
    private final MessageHeaderDecoder headerDecoder = new MessageHeaderDecoder();
    private final PartReader part = new PartReader();
    private final LaneStatsDecoder statsDecoder = new LaneStatsDecoder();
    private final List<RunningQuery> queries = new ArrayList<>();
    private final List<RunningStats> statistics = new ArrayList<>();
    private long dutyCycleNs;
    private long sweptNs;

    /** An agent with nothing to do yet; it closes the links. */
    public ScatterAgent(
        final CatalogView catalogView,
        final LaneLinks links,
        final ScatterSettings settings,
        final MergeBudget budget,
        final ScatterMetrics metrics,
        final ErrorHandler errors,
        final NanoClock nanoClock) {
        this.catalogView = catalogView;
        this.links = links;
        this.settings = settings;
        this.requests = new LaneRequests(links, budget, settings.incarnation(), catalogView.catalog());
        this.context = new ScatterContext(requests, settings, budget, new PartialMerge(), new PartReader(), metrics, nanoClock);
        this.metrics = metrics;
        this.errors = errors;
        this.nanoClock = nanoClock;
        this.commands = new ManyToOneConcurrentArrayQueue<>(settings.maxConcurrent());
        this.proxy = new ScatterProxy(commands, settings.doorbell());
    }

    /** The way in. */
    public ScatterProxy proxy() {
        return proxy;
    }

    @Override
    public String roleName() {
        return "query-scatter";
    }

    @Override
    public int doWork() {
        dutyCycleNs = nanoClock.nanoTime();
        requests.onDutyCycle(catalogView.catalog());
        int work = links.doWork(requests.catalog());
        work += links.poll(assembler, FRAGMENT_LIMIT);
        work += pollCommands();
        work += advanceQueries(dutyCycleNs - sweptNs >= SWEEP_INTERVAL_NS);
        metrics.onDutyCycle(dutyCycleNs, queries.size());
        return work;
    }

    /** Refuses what is under way. The links are closed here, on their thread, and again by their owner in case this is never called. */
    @Override
    public void onClose() {
        proxy.close();
        final Problem refusal = Problem.of(ProblemCode.SHUTTING_DOWN, "this query node is shutting down");
        queries.forEach(query -> query.refuse(refusal));
        queries.clear();
        statistics.forEach(RunningStats::shutDown);
        statistics.clear();
        commands.drain(command -> {
            switch (command) {
                case QueryTask query -> query.reply().refuse(refusal);
                case StatsTask stats -> stats.reply().onUnavailable();
            }
        });
        links.close();
    }

    private int pollCommands() {
        int work = 0;
        while (work < COMMAND_LIMIT) {
            final ScatterCommand command = commands.poll();
            if (command == null) {
                break;
            }
            work++;
            switch (command) {
                case QueryTask query -> onQuery(query);
                case StatsTask stats -> onStatsRequest(stats.reply());
            }
        }
        return work;
    }

    private void onQuery(final QueryTask task) {
        if (links.queryNodeId() < 0) {
            task.reply().refuse(Problem.of(ProblemCode.NOT_READY, "this query node has not been registered yet"));
        } else if (queries.size() >= settings.maxConcurrent()) {
            task.reply().refuse(Problem.of(ProblemCode.TOO_MANY_QUERIES, "this query node runs as many queries as it may; try again"));
        } else {
            final RunningQuery query = new RunningQuery(task, context);
            queries.add(query);
            advance(query);
        }
    }

    private void onStatsRequest(final StatsReply reply) {
        if (links.queryNodeId() < 0) {
            reply.onUnavailable();
        } else {
            statistics.add(new RunningStats(reply, requests, dutyCycleNs + settings.statsTimeoutNs(), dutyCycleNs));
        }
    }

    private int advanceQueries(final boolean isSweep) {
        int work = 0;
        for (int i = queries.size() - 1; i >= 0; i--) {
            final RunningQuery query = queries.get(i);
            if (isSweep || query.isBusy()) {
                work += advance(query);
            }
            if (query.isEnded()) {
                queries.set(i, queries.getLast());
                queries.removeLast();
            }
        }
        for (int i = statistics.size() - 1; i >= 0; i--) {
            work += isSweep ? statistics.get(i).advance(dutyCycleNs) : 0;
            if (statistics.get(i).isEnded()) {
                statistics.remove(i);
            }
        }
        sweptNs = isSweep ? dutyCycleNs : sweptNs;
        return work;
    }

    private int advance(final RunningQuery query) {
        try {
            return query.advance(dutyCycleNs);
        } catch (final RuntimeException e) {
            onFailure(query, e);
            return 1;
        }
    }

    /** One query's failure is not another's. */
    private void onFailure(final RunningQuery query, final RuntimeException failure) {
        errors.onError(new IllegalStateException("a query failed unexpectedly", failure));
        query.refuse(Problem.of(ProblemCode.INTERNAL_ERROR, "the query failed for a reason that is this node's; its log says more"));
    }

    private void onMessage(final DirectBuffer buffer, final int offset, final int length, final Header header) {
        headerDecoder.wrap(buffer, offset);
        if (length < MessageHeaderDecoder.ENCODED_LENGTH || headerDecoder.schemaId() != PartialResultDecoder.SCHEMA_ID) {
            return;
        }
        if (headerDecoder.templateId() == PartialResultDecoder.TEMPLATE_ID) {
            part.wrap(buffer, offset, length);
            onPart();
        } else if (headerDecoder.templateId() == LaneStatsDecoder.TEMPLATE_ID) {
            statsDecoder.wrapAndApplyHeader(buffer, offset, headerDecoder);
            for (int i = 0; i < statistics.size(); i++) {
                statistics.get(i).onStats(statsDecoder);
            }
        }
    }

    private void onPart() {
        metrics.onPartial();
        final PartialResultDecoder partial = part.partial();
        final LaneTarget target = requests.find(partial.correlationId(), partial.nodeId(), partial.lane());
        if (target == null) {
            metrics.onStrayPartial();
            return;
        }
        final RunningQuery query = target.query;
        try {
            query.onPart(target, part, dutyCycleNs);
        } catch (final RuntimeException e) {
            onFailure(query, e);
        }
        if (!query.isEnded()) {
            advance(query);
        }
    }
}
