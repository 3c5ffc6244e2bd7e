package io.truenow.tools.toy;

import io.truenow.fabric.config.Require;

import java.time.Duration;

/** Section {@code toy}. */
record ToyConfig(int httpPort, int aeronPort, Duration interval, Duration lease) {
    ToyConfig {
        Require.port(httpPort, "http-port");
        Require.port(aeronPort, "aeron-port");
        Require.between(Duration.ofMillis(1), interval, Duration.ofHours(1), "interval");
    }
}
