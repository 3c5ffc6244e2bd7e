package io.truenow.fabric.control;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.junit.jupiter.api.Assertions.assertEquals;

class RefusalClassTest {
    @ParameterizedTest
    @CsvSource({
        "namespace_limit,RESOURCE", "table_limit,RESOURCE", "schema_limit,RESOURCE", "service_limit,RESOURCE",
        "stale_command,UNAVAILABLE", "version_conflict,UNAVAILABLE", "unknown_command,INTERNAL", "malformed_command,INTERNAL",
        "namespace_exists,USER", "a_code_of_a_later_version,USER"})
    void onlyWhatPassesIsWorthAskingAgain(final String code, final RefusalClass refusal) {
        assertEquals(refusal, RefusalClass.of(code));
    }
}
