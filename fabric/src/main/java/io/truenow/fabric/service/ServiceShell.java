package io.truenow.fabric.service;

import io.truenow.fabric.agent.Duty;
import io.truenow.fabric.http.HttpEdge;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.CompositeAgent;

import java.util.function.Function;

/**
 * What every service is built in: what it has acquired, an HTTP edge, its troubles, its agents. A service is made of it in one go, with
 * final fields, and closes it to end. Used by the launching thread; what it gives says who may touch it.
 */
public final class ServiceShell implements AutoCloseable {
    private final ServiceEnvironment environment;
    private final String name;
    private final Resources resources;
    private final Troubles troubles;

    private ServiceShell(final ServiceEnvironment environment, final String name) {
        this.environment = environment;
        this.name = name;
        this.resources = new Resources(environment.errors());
        this.troubles = new Troubles(
            name, environment.metrics(), environment.clocks().process(), environment.clocks().wall());
    }

    /**
     * Launches a service.
     *
     * @param name    of the service, as people know it: its section of the configuration, such as {@code gateway}.
     * @param service acquires in order what it needs, with {@link #owned}; where it fails, all that it has acquired is closed.
     */
    public static <S> S launch(final ServiceEnvironment environment, final String name, final Function<ServiceShell, S> service) {
        final ServiceShell shell = new ServiceShell(environment, name);
        try {
            return service.apply(shell);
        } catch (final RuntimeException | Error e) {
            shell.close();
            throw e;
        }
    }

    /** As {@link #launch} was told. */
    public String name() {
        return name;
    }

    /** What the services of the process share. */
    public ServiceEnvironment environment() {
        return environment;
    }

    /** Closes it with the service, before everything that was acquired earlier. */
    public <T extends AutoCloseable> T owned(final T resource) {
        return resources.add(resource);
    }

    /** What the service cannot do for longer than a moment: to be filled before {@link #coordinate}. */
    public Troubles troubles() {
        return troubles;
    }

    /** What an edge of the service is launched with, as far as it is the same for all: to be completed, and given to {@link #open}. */
    public HttpEdge.Context edge(final int port) {
        return new HttpEdge.Context()
            .serviceName(name)
            .host(environment.bindHost())
            .port(port)
            .eventLoops(environment.eventLoops())
            .limits(environment.httpLimits())
            .metrics(environment.metrics())
            .errors(environment.errors());
    }

    /**
     * Binds the port and answers from now on.
     *
     * @throws io.truenow.fabric.process.PortTakenException if another process has the port.
     */
    public HttpEdge open(final HttpEdge.Context edge) {
        return owned(HttpEdge.launch(edge));
    }

    /** Runs an agent until the service is closed. */
    public void run(final Duty duty, final Agent agent) {
        owned(environment.scheduler().schedule(duty, agent));
    }

    /** Runs the agent that coordinates the service, and looks after its troubles beside it. Once. */
    public void coordinate(final Agent agent) {
        run(Duty.COORDINATION, new CompositeAgent(agent, troubles));
    }

    @Override
    public void close() {
        resources.close();
    }
}
