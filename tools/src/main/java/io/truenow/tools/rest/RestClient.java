package io.truenow.tools.rest;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** Asks the services' REST edges. Thread safe; connections are kept. */
public final class RestClient implements AutoCloseable {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(2);

    private final HttpClient http = HttpClient.newBuilder()
        .version(HttpClient.Version.HTTP_1_1)
        .connectTimeout(CONNECT_TIMEOUT)
        .build();
    private final Duration timeout;

    /** A client whose requests take at most {@code timeout}. */
    public RestClient(final Duration timeout) {
        this.timeout = timeout;
    }

    /** Asks and waits for the answer. */
    public RestAnswer get(final String url) throws IOException {
        return await(HttpRequest.newBuilder(URI.create(url)).timeout(timeout).GET().build());
    }

    /** Sends JSON and waits for the answer. */
    public RestAnswer post(final String url, final String json) throws IOException {
        return await(postOf(url, json));
    }

    /** Sends JSON; the future fails with an {@link IOException} if there is no answer. */
    public CompletableFuture<RestAnswer> postAsync(final String url, final String json) {
        return http.sendAsync(postOf(url, json), HttpResponse.BodyHandlers.ofString()).thenApply(RestClient::answerOf);
    }

    /** Sends a request of any shape and waits for the answer. */
    public RestAnswer await(final HttpRequest request) throws IOException {
        try {
            return answerOf(http.send(request, HttpResponse.BodyHandlers.ofString()));
        } catch (final InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UncheckedIOException(new IOException("interrupted", e));
        }
    }

    @Override
    public void close() {
        http.shutdownNow();
    }

    private HttpRequest postOf(final String url, final String json) {
        return HttpRequest.newBuilder(URI.create(url)).timeout(timeout).header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(json)).build();
    }

    private static RestAnswer answerOf(final HttpResponse<String> response) {
        return new RestAnswer(response.statusCode(), response.headers(), response.body());
    }
}
