package io.truenow.tools.catalog;

import io.truenow.control.ControlModule;
import io.truenow.tools.config.ConfigOptions;
import io.truenow.tools.config.Endpoints;
import io.truenow.tools.config.Sections;
import io.truenow.tools.rest.RestAnswer;
import io.truenow.tools.rest.RestClient;
import io.truenow.tools.rest.UrlConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.function.Consumer;

/** Where control is, and what it is asked; mixed into commands. */
final class CatalogEdge {
    private static final Duration TIMEOUT = Duration.ofSeconds(10);
    private static final JsonMapper JSON = new JsonMapper();

    @Mixin
    private ConfigOptions options;

    @Option(names = "--control", paramLabel = "URL", converter = UrlConverter.class,
        description = "Control's HTTP port. Default: where the configuration has it")
    private URI control;

    @Option(names = "--json", description = "Print what control answers.")
    private boolean asJson;

    /** Path of a namespace, or of what is below it. */
    static String path(final String namespace, final String... below) {
        final StringBuilder path = new StringBuilder("/v1/namespaces/").append(encoded(namespace));
        for (final String segment : below) {
            path.append('/').append(encoded(segment));
        }
        return path.toString();
    }

    /** Asks, and prints the answer, or what is wrong. Returns the command's exit code. */
    int get(final String path, final Consumer<JsonNode> print) throws IOException {
        return send("GET", path, null, null, print);
    }

    /**
     * Sends a body, and prints the answer, or what is wrong. Returns the command's exit code.
     *
     * @param expectedVersion of the catalog; null for any.
     */
    int send(
        final String method, final String path, final Map<String, Object> body, final Long expectedVersion, final Consumer<JsonNode> print)
        throws IOException {
        final String base = control == null
            ? Endpoints.of(Sections.of(options.load()), null).of(ControlModule.INSTANCE) : control.toString();
        final HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(base + path)).timeout(TIMEOUT).method(method,
            body == null ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(JSON.writeValueAsString(body)));
        if (expectedVersion != null) {
            request.header("If-Match", expectedVersion.toString());
        }
        final RestAnswer answer;
        try (RestClient client = new RestClient(TIMEOUT)) {
            answer = client.await(request.build());
        } catch (final IOException e) {
            System.err.println("truenow: control does not answer at " + base + ": is it started there? see `truenow status`");
            return 1;
        }
        if (!answer.isSuccess()) {
            System.err.println("truenow: " + answer.json().path("detail").asString("HTTP " + answer.status())
                + " (" + answer.json().path("code").asString("no code") + ')');
            return 1;
        }
        if (asJson) {
            System.out.println(answer.body());
        } else {
            print.accept(answer.json());
        }
        return 0;
    }

    private static String encoded(final String segment) {
        return URLEncoder.encode(segment, StandardCharsets.UTF_8).replace("+", "%20");
    }
}
