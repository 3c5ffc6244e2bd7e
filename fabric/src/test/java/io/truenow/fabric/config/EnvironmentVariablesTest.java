package io.truenow.fabric.config;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.List;
import java.util.Map;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** What is taken from the environment of a container, a shell, an image. */
class EnvironmentVariablesTest {
    private static ConfigLoader load(final Map<String, String> environment) {
        return ConfigLoader.ofSections("sample").environment(environment, "TRUENOW_OPTS").load();
    }

    private static int portOf(final ConfigLoader config) {
        return config.bind("sample", ConfigLoaderTest.Sample.class).httpPort();
    }

    @ParameterizedTest
    @ValueSource(strings = {
        // beside a Kubernetes service named truenow
        "TRUENOW_SERVICE_HOST=10.0.0.7", "TRUENOW_SERVICE_PORT=8088", "TRUENOW_SERVICE_PORT_HTTP=8088", "TRUENOW_PORT=tcp://10.0.0.7:8088",
        "TRUENOW_PORT_8088_TCP=tcp://10.0.0.7:8088", "TRUENOW_PORT_8088_TCP_PROTO=tcp", "TRUENOW_PORT_8088_TCP_PORT=8088",
        "TRUENOW_PORT_8088_TCP_ADDR=10.0.0.7", "TRUENOW_PORT_8010_UDP=udp://10.0.0.7:8010", "TRUENOW_PORT_8010_UDP_ADDR=10.0.0.7",
        // beside one named truenow-sample, and truenow-sample-http
        "TRUENOW_SAMPLE_SERVICE_HOST=10.0.0.7", "TRUENOW_SAMPLE_SERVICE_PORT=8088", "TRUENOW_SAMPLE_PORT=tcp://10.0.0.7:8088",
        "TRUENOW_SAMPLE_PORT_8088_TCP_ADDR=10.0.0.7", "TRUENOW_SAMPLE_HTTP_SERVICE_HOST=10.0.0.7",
        "TRUENOW_SAMPLE_HTTP_PORT_8088_TCP_PORT=8088", "TRUENOW_SAMPLE_HTTP_SERVICE_PORT_METRICS=8090",
        // of images and shells
        "TRUENOW_HOME=/opt/truenow", "TRUENOW_VERSION=1.2", "TRUENOW_OPTS=-x", "TRUENOWISH=1", "PATH=/bin"})
    void leavesAloneWhatIsOthers(final String variable) {
        final int equals = variable.indexOf('=');
        final ConfigLoader config = load(Map.of(variable.substring(0, equals), variable.substring(equals + 1)));
        assertEquals(List.of(), config.warnings());
        assertEquals(8088, portOf(config));
        assertEquals(ConfigLoader.ofSections("sample").load().renderDocumented(), config.renderDocumented());
    }

    @ParameterizedTest
    @ValueSource(strings = {"TRUENOW_SAMPLE_PORT", "TRUENOW_SAMPLE_HTTPPORT", "TRUENOW_SAMPEL_HTTP_PORT", "TRUENOW_HTTP_PORT"})
    void warnsOfWhatMayHaveBeenMeant(final String variable) {
        final ConfigLoader config = load(Map.of(variable, "9000"));
        assertEquals(List.of("environment variable " + variable + " sets nothing; did you mean TRUENOW_SAMPLE_HTTP_PORT?"),
            config.warnings());
        assertEquals(8088, portOf(config));
    }

    @Test
    void warnsOfTheLaunchersOwnLikewise() {
        assertEquals(List.of("environment variable TRUENOW_OPT sets nothing; did you mean TRUENOW_OPTS?"),
            load(Map.of("TRUENOW_OPT", "1")).warnings());
    }

    @Test
    void aPlatformsAddressInAKeysNameIsThePlatforms() {
        final ConfigLoader config = load(Map.of("TRUENOW_SAMPLE_HTTP_PORT", "tcp://10.0.0.7:8088"));
        assertEquals(8088, portOf(config));
        assertEquals(List.of("environment variable TRUENOW_SAMPLE_HTTP_PORT=tcp://10.0.0.7:8088 is taken for a container platform's; "
            + "it does not set sample.http-port"), config.warnings());
        assertEquals(9000, portOf(load(Map.of("TRUENOW_SAMPLE_HTTP_PORT", "9000"))));
    }
}
