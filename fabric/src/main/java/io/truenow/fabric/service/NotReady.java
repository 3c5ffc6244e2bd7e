package io.truenow.fabric.service;

import io.truenow.fabric.problem.Problem;

/** What services say on {@code /ready} while they wait for the control plane: the same words whoever waits. Stateless. */
public final class NotReady {
    /** The service has no lease, and perhaps no id. */
    public static final String NOT_REGISTERED = "the control plane has not registered this service yet";
    /** There is no catalog at all. */
    public static final String NO_CATALOG = "the catalog has not arrived yet";
    /** Others could not find the service by the catalog that is here. */
    public static final String NOT_IN_CATALOG = "the catalog that shows this start of the service has not arrived yet";

    private NotReady() {
    }

    /** The control plane does not take the service. */
    public static String refused(final Problem rejection) {
        return "the control plane refuses this service: " + rejection.detail();
    }
}
