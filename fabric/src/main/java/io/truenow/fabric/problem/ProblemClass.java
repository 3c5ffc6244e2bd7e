package io.truenow.fabric.problem;

/** Whose fault a problem is, and whether the same request can succeed later. Edges derive their status from it. */
public enum ProblemClass {
    /** The request is wrong, or names what does not exist. Sending it again changes nothing. */
    USER,
    /** A limit is reached, or the data is not kept any more. Repeat it only where the code has a retry hint. */
    RESOURCE,
    /** A part of the system is away, starting or behind. It passes without anyone's doing. */
    UNAVAILABLE,
    /** A fault of this program. Its log says more. */
    INTERNAL
}
