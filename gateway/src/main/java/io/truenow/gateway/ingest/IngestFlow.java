package io.truenow.gateway.ingest;

import io.truenow.fabric.problem.Problem;
import io.truenow.fabric.problem.ProblemCode;
import io.truenow.fabric.time.ProcessClock;
import io.truenow.gateway.journal.IngestCompletion;
import io.truenow.gateway.journal.IngestOutcome;
import io.truenow.gateway.journal.IngestRequest;
import io.truenow.gateway.journal.JournalProxy;
import io.truenow.gateway.table.TableResolver;
import org.agrona.ErrorHandler;
import org.agrona.concurrent.EpochMicroClock;
import org.agrona.concurrent.ManyToOneConcurrentArrayQueue;
import org.agrona.concurrent.NanoClock;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * The way of requests of one thread of an edge: admit, read, ask control for what the catalog lacks, hand over to the journal, complete.
 * Everything here belongs to that thread but {@link Completed}, which the journal's calls. Whatever happens, a call is answered once and
 * its place is given back.
 */
public final class IngestFlow {
    private final Context context;
    private final IngestCounters counters;
    private final int maxInFlight;
    private final Runnable wake;
    private final EventSink sink = new EventSink();
    private final List<IngestCall> waiting = new ArrayList<>();
    private final ManyToOneConcurrentArrayQueue<IngestCall> completed;
    private final IngestCompletion completion = new Completed();
    /** Keys of the tables that a first reading needs. */
    private Set<String> names = new HashSet<>();
    private int inFlight;

    /**
     * An idle flow.
     *
     * @param maxInFlight calls that may be on their way at a time.
     * @param wake        has {@link #poll} called soon on the flow's thread; called on any.
     */
    public IngestFlow(final Context context, final IngestCounters counters, final int maxInFlight, final Runnable wake) {
        this.context = context;
        this.counters = counters;
        this.maxInFlight = maxInFlight;
        this.wake = wake;
        this.completed = new ManyToOneConcurrentArrayQueue<>(maxInFlight);
    }

    /**
     * What the flows of a gateway share.
     *
     * @param tables           from names to tables.
     * @param journal          takes the batches.
     * @param admission        bounds what is in flight.
     * @param clock            judges event times and stamps batches.
     * @param nanoClock        requests wait by it.
     * @param errors           gets what should not happen.
     * @param controlTimeoutNs how long a request waits for new tables and columns.
     */
    public record Context(
        TableResolver tables,
        JournalProxy journal,
        Admission admission,
        EpochMicroClock clock,
        NanoClock nanoClock,
        ErrorHandler errors,
        long controlTimeoutNs) {
        /** Of requests that wait by the running time of this process. */
        public Context(
            final TableResolver tables, final JournalProxy journal, final Admission admission, final EpochMicroClock clock,
            final ErrorHandler errors, final long controlTimeoutNs) {
            this(tables, journal, admission, clock, ProcessClock.INSTANCE, errors, controlTimeoutNs);
        }

        public Context {
            Objects.requireNonNull(tables, "tables");
            Objects.requireNonNull(journal, "journal");
            Objects.requireNonNull(admission, "admission");
            Objects.requireNonNull(clock, "clock");
            Objects.requireNonNull(errors, "errors");
            if (controlTimeoutNs <= 0) {
                throw new IllegalArgumentException("controlTimeoutNs must be positive");
            }
        }
    }

    /** Takes a call, which may be answered at once or later. */
    public void take(final IngestCall call) {
        final Problem busy = inFlight == maxInFlight ? Admission.noRoom() : context.admission().judge(call.priority(), call.countedBytes());
        call.begin(context.admission());
        inFlight++;
        if (busy == null) {
            process(call);
        } else {
            refuseAsBusy(call, busy);
            end(call);
        }
    }

    /**
     * Answers what the journal has completed, and goes on with calls whose tables are there. To be called when woken, and twice a
     * millisecond while {@link #isWaiting}.
     *
     * @return how many calls it has gone on with.
     */
    public int poll() {
        int work = 0;
        for (IngestCall call = completed.poll(); call != null; call = completed.poll()) {
            answer(call);
            work++;
        }
        return waiting.isEmpty() ? work : work + pollWaiting();
    }

    /** Whether calls wait for the control plane. */
    public boolean isWaiting() {
        return !waiting.isEmpty();
    }

    private void answer(final IngestCall call) {
        try {
            if (call.request().outcome().isJournaled()) {
                counters.onAccepted(call.accepted());
                counters.onRejected(call.rejectedByCode());
            }
            call.onCompleted();
        } catch (final RuntimeException | Error e) {
            context.errors().onError(e);
            call.onRefused(internalError());
        }
        end(call);
    }

    private void process(final IngestCall call) {
        try {
            if (!read(call)) {
                end(call);
            }
        } catch (final RuntimeException | Error e) {
            context.errors().onError(e);
            sink.batches().reset();
            call.onRefused(internalError());
            end(call);
        }
    }

    /** False: it has been answered. */
    private boolean read(final IngestCall call) {
        final long startNs = System.nanoTime();
        final SchemaWait wait = call.wait;
        if (wait == null) {
            names.clear();
            sink.start(context, Map.of(), names);
        } else {
            sink.start(context, wait.refusals(), wait.names());
        }
        call.request().reset(call.ackLevel(), completion).attachment(call);
        call.beginReading(sink.tables().catalog().version());
        Problem problem = call.read(sink);
        if (problem == null && sink.batches().isTooLarge()) {
            problem = IngestOutcome.TOO_LARGE.problem();
        }
        if (problem != null) {
            sink.batches().reset();
            counters.onRejected(call.rejectedByCode());
            call.onRefused(problem);
            return false;
        }
        if (!sink.needs().isEmpty()) {
            sink.batches().reset();
            return ask(call);
        }
        if (call.accepted() == 0) {
            counters.onRejected(call.rejectedByCode());
            call.onNoneAccepted();
            return false;
        }
        problem = encode(call);
        if (problem != null) {
            call.onRefused(problem);
            return false;
        }
        counters.onRead(call, System.nanoTime() - startNs);
        if (!context.journal().offer(call.request())) {
            refuseAsBusy(call, Admission.noRoom());
            return false;
        }
        return true;
    }

    /** Gives the call the batches that its events became, if it has not brought batches itself; null if all is well. */
    private Problem encode(final IngestCall call) {
        final EncodedBatches batches = sink.batches();
        batches.encodeAll();
        Problem problem = null;
        if (batches.isTooLarge()) {
            problem = IngestOutcome.TOO_LARGE.problem();
        } else if (batches.lengthBytes() > 0) {
            if (call.hold(batches.lengthBytes())) {
                batches.copyTo(call.request(), call.memory(batches.lengthBytes()));
            } else {
                problem = Admission.noRoom();
            }
        }
        batches.reset();
        return problem;
    }

    private boolean ask(final IngestCall call) {
        if (call.wait == null) {
            call.wait = new SchemaWait(
                context.tables(), context.errors(), names, context.nanoClock().nanoTime() + context.controlTimeoutNs());
            names = new HashSet<>();
        }
        if (!call.wait.ask(sink.needs().toList())) {
            call.onRefused(SchemaWait.controlUnavailable());
            return false;
        }
        waiting.add(call);
        return true;
    }

    private int pollWaiting() {
        final long nowNs = context.nanoClock().nanoTime();
        final List<IngestCall> settled = new ArrayList<>();
        for (final Iterator<IngestCall> iterator = waiting.iterator(); iterator.hasNext(); ) {
            final IngestCall call = iterator.next();
            if (call.wait.isOver(nowNs)) {
                iterator.remove();
                settled.add(call);
            }
        }
        settled.forEach(this::goOn);
        return settled.size();
    }

    private void goOn(final IngestCall call) {
        final Problem problem = call.wait.takeAnswers(call.catalogVersion());
        if (problem == null) {
            process(call);
        } else {
            call.onRefused(problem);
            end(call);
        }
    }

    private void refuseAsBusy(final IngestCall call, final Problem busy) {
        counters.onBusy();
        call.onRefused(busy);
    }

    private void end(final IngestCall call) {
        inFlight--;
        call.end();
    }

    static Problem internalError() {
        return Problem.of(ProblemCode.INTERNAL_ERROR, "The request could not be served for a reason of the gateway's own; its log has it.");
    }

    /** Called on the journal's thread: queues calls and wakes the flow's thread once for all of a turn. */
    private final class Completed implements IngestCompletion {
        @Override
        public void onComplete(final IngestRequest request) {
            // there is room: no more calls are in flight than the queue holds
            completed.offer((IngestCall) request.attachment());
        }

        @Override
        public void onTurnEnd() {
            wake.run();
        }
    }
}
