package io.truenow.fabric.service;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;

class ResourcesTest {
    private final List<String> closed = new ArrayList<>();
    private final List<Throwable> errors = new ArrayList<>();
    private final Resources resources = new Resources(errors::add);

    @Test
    void theLastComesFirstAndEachOnce() {
        resources.add(() -> closed.add("a"));
        resources.add(() -> {
            closed.add("b");
            // closed by what it closes
            resources.close();
        });
        resources.close();
        resources.close();
        assertEquals(List.of("b", "a"), closed);
        assertEquals(List.of(), errors);
    }

    @Test
    void whatFailsToCloseKeepsNothingElseOpen() {
        final Exception exception = new IllegalStateException("one");
        final Error error = new AssertionError("two");
        resources.add(() -> closed.add("a"));
        resources.add(() -> {
            throw exception;
        });
        resources.add(() -> {
            throw error;
        });
        resources.close();
        assertEquals(List.of("a"), closed);
        assertEquals(List.of(error, exception), errors);
    }
}
