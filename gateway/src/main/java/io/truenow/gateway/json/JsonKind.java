package io.truenow.gateway.json;

/** What a value is, as its first byte tells. */
public enum JsonKind {
    OBJECT,
    ARRAY,
    STRING,
    NUMBER,
    BOOLEAN,
    NULL
}
