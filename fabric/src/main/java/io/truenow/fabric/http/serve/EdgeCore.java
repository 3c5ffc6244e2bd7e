package io.truenow.fabric.http.serve;

import io.truenow.fabric.access.Authenticator;
import io.truenow.fabric.access.Principal;
import io.truenow.fabric.http.limits.ClientBudget;
import io.truenow.fabric.http.limits.HttpLimits;
import io.truenow.fabric.http.limits.Refusals;
import io.truenow.fabric.http.route.RouteTable;
import io.truenow.fabric.metrics.Metrics;
import org.agrona.ErrorHandler;
import org.agrona.concurrent.status.AtomicCounter;

/** What all connections of an edge share. Made by the launching thread; then any event loop. */
public final class EdgeCore {
    private static final int STATUS_CLASSES = 6;

    private final EdgeSettings settings;
    private final RouteTable routes;
    private final Authenticator authenticator;
    private final ErrorHandler errors;
    private final EdgeProblems problems;
    private final RequestRules rules;
    private final Refusals refusals;
    private final AtomicCounter[] answersByClass = new AtomicCounter[STATUS_CLASSES];
    private volatile HttpDate date = HttpDate.now();
    private volatile boolean isClosing;

    /** Registers the edge's counters. */
    public EdgeCore(
        final EdgeSettings settings,
        final RouteTable routes,
        final Authenticator authenticator,
        final ErrorHandler errors,
        final String serviceName,
        final Metrics metrics) {
        this.settings = settings;
        this.routes = routes;
        this.authenticator = authenticator;
        this.errors = errors;
        this.problems = new EdgeProblems(settings);
        this.refusals = new Refusals(serviceName, metrics);
        this.rules = new RequestRules(this);
        for (int statusClass = 2; statusClass < STATUS_CLASSES; statusClass++) {
            answersByClass[statusClass] = metrics.counter("truenow_http_responses_total", "Answers, by class of their status.",
                "service", serviceName, "class", statusClass + "xx");
        }
    }

    public HttpLimits limits() {
        return settings.limits();
    }

    public ClientBudget budget() {
        return settings.budget();
    }

    public RouteTable routes() {
        return routes;
    }

    public Refusals refusals() {
        return refusals;
    }

    public EdgeProblems problems() {
        return problems;
    }

    public RequestRules rules() {
        return rules;
    }

    /** The time, not older than a second. */
    public HttpDate date() {
        return date;
    }

    /** Once a second. */
    public void updateDate() {
        date = HttpDate.now();
    }

    public boolean isClosing() {
        return isClosing;
    }

    /** From now on connections end with their next answer. */
    public void startClosing() {
        isClosing = true;
    }

    /** Counts an answer that has been given, or has begun. */
    public void count(final ServerExchange exchange) {
        if (exchange.route() != null) {
            exchange.route().requests().increment();
            exchange.route().nanoseconds().getAndAdd(System.nanoTime() - exchange.receivedNs());
        }
        countStatus(exchange.status());
    }

    /** Counts an answer to what did not become an exchange. */
    public void countStatus(final int status) {
        final int statusClass = status / 100;
        if (statusClass > 1 && statusClass < STATUS_CLASSES) {
            answersByClass[statusClass].increment();
        }
    }

    int maxBodyBytes() {
        return settings.maxBodyBytes();
    }

    int roomFactor() {
        return settings.roomFactor();
    }

    void onHandlerError(final Throwable error) {
        errors.onError(error);
    }

    /** Who asks for something that is not for everybody; null if the credentials are not valid. */
    Principal authenticate(final RequestHead head) {
        return authenticator == Authenticator.ANYBODY ? Principal.ANONYMOUS : authenticator.authenticate(head.authorization());
    }
}
