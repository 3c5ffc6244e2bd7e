package io.truenow.fabric.http.route;

import io.netty.handler.codec.http.QueryStringDecoder;
import io.truenow.fabric.access.Access;
import io.truenow.fabric.metrics.Metrics;
import org.agrona.concurrent.status.AtomicCounter;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The routes of an edge. Filled at launch, then only read, by all event loops. */
public final class RouteTable implements Router {
    private final Map<String, Path> exactPaths = new HashMap<>();
    private final List<Path> patterns = new ArrayList<>();
    private final String serviceName;
    private final Metrics metrics;
    private final Set<String> monitoringPaths;

    /**
     * An empty table.
     *
     * @param monitoringPaths that are answered also when there is no room or no connection left for others.
     */
    public RouteTable(final String serviceName, final Metrics metrics, final Set<String> monitoringPaths) {
        this.serviceName = serviceName;
        this.metrics = metrics;
        this.monitoringPaths = monitoringPaths;
    }

    @Override
    public Router route(
        final String method, final String path, final Access access, final Set<String> parameters, final HttpHandler handler) {
        if (!path.startsWith("/")) {
            throw new IllegalArgumentException("a route's path begins with /: " + path);
        }
        final Route route = new Route(
            access, Set.copyOf(parameters), handler,
            metrics.counter("truenow_http_requests_total", "Requests answered, by route.",
                "service", serviceName, "method", method, "route", path),
            metrics.counter("truenow_http_request_nanoseconds_total", "Time from a request's last byte to its answer.",
                "service", serviceName, "method", method, "route", path));
        if (pathOf(path).methods.putIfAbsent(method, route) != null) {
            throw new IllegalStateException("route registered twice: " + method + ' ' + path);
        }
        return this;
    }

    /** All routes, as {@code GET /health}, in the order of their paths. */
    public List<String> texts() {
        final Map<String, String> byPath = new TreeMap<>();
        Stream.concat(exactPaths.values().stream(), patterns.stream())
            .forEach(path -> path.methods.keySet().forEach(method -> byPath.put(path.text + ' ' + method, method + ' ' + path.text)));
        return List.copyOf(byPath.values());
    }

    /** The path's routes by method, or null. */
    public Path find(final String path) {
        final Path exact = exactPaths.get(path);
        if (exact != null) {
            return exact;
        }
        for (int i = 0; i < patterns.size(); i++) {
            if (patterns.get(i).matches(path)) {
                return patterns.get(i);
            }
        }
        return null;
    }

    private Path pathOf(final String text) {
        if (text.indexOf('{') < 0) {
            return exactPaths.computeIfAbsent(text, this::newPath);
        }
        for (final Path pattern : patterns) {
            if (pattern.text.equals(text)) {
                return pattern;
            }
        }
        final Path pattern = newPath(text);
        patterns.add(pattern);
        return pattern;
    }

    private Path newPath(final String text) {
        return new Path(text, monitoringPaths.contains(text));
    }

    /**
     * What answers one method of a path. The counters are written by all event loops.
     *
     * @param parameters names of the query parameters that the handler reads.
     */
    public record Route(
        Access access, Set<String> parameters, HttpHandler handler, AtomicCounter requests, AtomicCounter nanoseconds) {
    }

    /** A path, some of whose segments may be parameters. */
    public static final class Path {
        private final String text;
        private final String[] segments;
        private final Map<String, Route> methods = new TreeMap<>();
        private final boolean isForMonitoring;

        private Path(final String text, final boolean isForMonitoring) {
            this.text = text;
            this.isForMonitoring = isForMonitoring;
            this.segments = text.split("/", -1);
        }

        /** Whether it is answered also when there is no room or no connection left for others. */
        public boolean isForMonitoring() {
            return isForMonitoring;
        }

        /** HEAD is answered by GET's route, less the body. */
        public Route method(final String method) {
            final Route route = methods.get(method);
            return route == null && "HEAD".equals(method) ? methods.get("GET") : route;
        }

        /** The methods that it knows. */
        public String allow() {
            final List<String> names = new ArrayList<>(methods.keySet());
            if (names.contains("GET") && !names.contains("HEAD")) {
                names.add("HEAD");
            }
            return String.join(", ", names);
        }

        private boolean matches(final String path) {
            final String[] parts = path.split("/", -1);
            if (parts.length != segments.length) {
                return false;
            }
            for (int i = 0; i < parts.length; i++) {
                if (isParameter(segments[i]) ? parts[i].isEmpty() : !segments[i].equals(parts[i])) {
                    return false;
                }
            }
            return true;
        }

        /** What stands in a path where this one has {@code {name}}, decoded. */
        public String parameter(final String path, final String name) {
            final String[] parts = path.split("/", -1);
            for (int i = 0; i < segments.length; i++) {
                final String segment = segments[i];
                if (isParameter(segment) && segment.length() == name.length() + 2 && segment.startsWith(name, 1)) {
                    // a plus sign is itself in a path
                    return QueryStringDecoder.decodeComponent(parts[i].replace("+", "%2B"));
                }
            }
            throw new IllegalArgumentException(text + " has no parameter " + name);
        }

        private static boolean isParameter(final String segment) {
            return segment.startsWith("{");
        }
    }
}
