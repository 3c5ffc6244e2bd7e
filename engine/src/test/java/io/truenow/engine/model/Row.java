package io.truenow.engine.model;

import java.util.List;

/** An event as the model keeps it: absent values are null. */
public record Row(long idHigh, long idLow, long timeUs, List<String> dimensions, List<Double> metrics) {
}
