package io.truenow.engine.model;

import java.util.List;

/** What tells groups of an answer apart; absent values are null. */
public record Group(long bucketUs, List<String> values) {
}
