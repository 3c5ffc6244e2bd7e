package io.truenow.fabric.service;

import io.aeron.Aeron;
import io.netty.channel.EventLoopGroup;
import io.truenow.fabric.agent.AgentScheduler;
import io.truenow.fabric.catalog.CatalogView;
import io.truenow.fabric.channel.PeerChannels;
import io.truenow.fabric.control.ControlClient;
import io.truenow.fabric.http.limits.HttpLimits;
import io.truenow.fabric.metrics.Metrics;
import io.truenow.fabric.time.Clocks;
import org.agrona.ErrorHandler;

/**
 * What the services of one process share. Made and closed by the process' launcher, which closes the services first.
 *
 * @param aeron         client of the process' media driver; its own conductor thread.
 * @param channels      to other services.
 * @param bindHost      where HTTP and Aeron endpoints bind.
 * @param advertiseHost where others reach this process.
 * @param catalogView   the committed catalog.
 * @param control       the way to the control plane.
 * @param scheduler     runs agents.
 * @param eventLoops    of all HTTP edges.
 * @param httpLimits    what clients of HTTP edges may take.
 * @param metrics       of the process.
 * @param clocks        that all of it goes by.
 * @param errors        distinct-error log; fixed texts, no ids or positions in messages.
 */
public record ServiceEnvironment(
    Aeron aeron,
    PeerChannels channels,
    String bindHost,
    String advertiseHost,
    CatalogView catalogView,
    ControlClient control,
    AgentScheduler scheduler,
    EventLoopGroup eventLoops,
    HttpLimits httpLimits,
    Metrics metrics,
    Clocks clocks,
    ErrorHandler errors) {
}
