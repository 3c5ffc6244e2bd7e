package io.truenow.fabric.http;

import io.netty.handler.codec.http.QueryStringDecoder;
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
final class RouteTable implements Router {
    private final Map<String, Path> exactPaths = new HashMap<>();
    private final List<Path> patterns = new ArrayList<>();
    private final String serviceName;
    private final Metrics metrics;

    RouteTable(final String serviceName, final Metrics metrics) {
        this.serviceName = serviceName;
        this.metrics = metrics;
    }

    @Override
    public Router route(final String method, final String path, final Set<String> parameters, final HttpHandler handler) {
        if (!path.startsWith("/")) {
            throw new IllegalArgumentException("a route's path begins with /: " + path);
        }
        final Route route = new Route(
            new CheckedHandler(Set.copyOf(parameters), handler),
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
    List<String> texts() {
        final Map<String, String> byPath = new TreeMap<>();
        Stream.concat(exactPaths.values().stream(), patterns.stream())
            .forEach(path -> path.methods.keySet().forEach(method -> byPath.put(path.text + ' ' + method, method + ' ' + path.text)));
        return List.copyOf(byPath.values());
    }

    /** The path's routes by method, or null. */
    Path find(final String path) {
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
            return exactPaths.computeIfAbsent(text, Path::new);
        }
        for (final Path pattern : patterns) {
            if (pattern.text.equals(text)) {
                return pattern;
            }
        }
        final Path pattern = new Path(text);
        patterns.add(pattern);
        return pattern;
    }

    /** What answers one method of a path. The counters are written by all event loops. */
    record Route(HttpHandler handler, AtomicCounter requests, AtomicCounter nanoseconds) {
    }

    /** A path, some of whose segments may be parameters. */
    static final class Path {
        private final String text;
        private final String[] segments;
        private final Map<String, Route> methods = new TreeMap<>();
        /** Answered also when there is no room or no connection left for others. */
        final boolean isForMonitoring;

        Path(final String text) {
            this.text = text;
            this.isForMonitoring = ServiceRoutes.PATHS.contains(text);
            this.segments = text.split("/", -1);
        }

        /** HEAD is answered by GET's route, less the body. */
        Route method(final String method) {
            final Route route = methods.get(method);
            return route == null && "HEAD".equals(method) ? methods.get("GET") : route;
        }

        String allow() {
            final List<String> names = new ArrayList<>(methods.keySet());
            if (names.contains("GET") && !names.contains("HEAD")) {
                names.add("HEAD");
            }
            return String.join(", ", names);
        }

        boolean matches(final String path) {
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

        String parameter(final String path, final String name) {
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
