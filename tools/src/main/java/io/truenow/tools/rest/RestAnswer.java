package io.truenow.tools.rest;

import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.MissingNode;

import java.net.http.HttpHeaders;

/**
 * What a service answered.
 *
 * @param status  of HTTP.
 * @param headers of the answer.
 * @param body    as text.
 */
public record RestAnswer(int status, HttpHeaders headers, String body) {
    private static final JsonMapper JSON = new JsonMapper();

    /** The body as JSON; a missing node if it is none. */
    public JsonNode json() {
        try {
            return JSON.readTree(body);
        } catch (final JacksonException e) {
            return MissingNode.getInstance();
        }
    }

    /** Whether the request was carried out. */
    public boolean isSuccess() {
        return status / 100 == 2;
    }

    /** Seconds that the service asks to wait before a retry, or 0. */
    public int retryAfterSeconds() {
        return (int)headers.firstValueAsLong("Retry-After").orElse(0);
    }
}
