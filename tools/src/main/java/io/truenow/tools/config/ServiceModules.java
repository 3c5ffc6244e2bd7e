package io.truenow.tools.config;

import io.truenow.control.ControlModule;
import io.truenow.fabric.service.ServiceModule;
import io.truenow.gateway.GatewayModule;
import io.truenow.hottier.HotTierModule;
import io.truenow.query.QueryModule;

import java.util.List;

/** The services there are. Stateless. */
public final class ServiceModules {
    /** In the order in which a process of all of them launches them, and {@code status} tells of them. A new service is one more. */
    public static final List<ServiceModule<?>> ALL =
        List.of(ControlModule.INSTANCE, HotTierModule.INSTANCE, GatewayModule.INSTANCE, QueryModule.INSTANCE);

    private ServiceModules() {
    }
}
