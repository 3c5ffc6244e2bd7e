package io.truenow.control;

import io.aeron.cluster.service.Cluster;
import io.truenow.control.cluster.ControlMember;
import io.truenow.control.cluster.MemberStatus;
import io.truenow.control.publication.CatalogPublisherAgent;
import io.truenow.control.rest.CatalogRoutes;
import io.truenow.fabric.agent.AgentDuty;
import io.truenow.fabric.catalog.CatalogView;
import io.truenow.fabric.channel.UdpPorts;
import io.truenow.fabric.control.ControlMembers;
import io.truenow.fabric.http.HttpEdge;
import io.truenow.fabric.metrics.Metrics;
import io.truenow.fabric.service.ServiceEnvironment;
import io.truenow.fabric.service.Troubles;
import io.truenow.fabric.time.ProcessClock;
import org.agrona.CloseHelper;
import org.agrona.concurrent.CompositeAgent;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * One member of the control plane: the catalog's state machine on Aeron Cluster, the catalog's publication to views, the REST face.
 * Launched and closed by the launching thread.
 */
public final class ControlService implements AutoCloseable {
    private final MemberStatus status;
    private final CatalogPublisherAgent publisher;
    private final AutoCloseable agents;
    private final ControlMember member;
    private final HttpEdge edge;

    private ControlService(
        final MemberStatus status,
        final CatalogPublisherAgent publisher,
        final AutoCloseable agents,
        final ControlMember member,
        final HttpEdge edge) {
        this.status = status;
        this.publisher = publisher;
        this.agents = agents;
        this.member = member;
        this.edge = edge;
    }

    /** Launches the member; a single one leads when this returns or within moments. */
    public static ControlService launch(final ControlContext context) {
        final ServiceEnvironment environment = context.environment();
        final ControlConfig config = context.config();
        final ControlMembers.Member self = config.controlMembers().members().get(config.memberId());
        for (int port = self.firstPort(); port < self.firstPort() + ControlMembers.PORTS_PER_MEMBER; port++) {
            UdpPorts.requireFree(environment.aeron(), self.host(), port, "control.members");
        }
        final Path directory = createDirectory(context.dataDirectory().resolve("control"));
        final MemberStatus status = new MemberStatus(context.onEnded());
        HttpEdge edge = null;
        CatalogPublisherAgent publisher = null;
        ControlMember member = null;
        final AutoCloseable agents;
        try {
            publisher = new CatalogPublisherAgent(environment.aeron(), self.catalog());
            final Troubles troubles = troubles(environment, status, publisher);
            edge = HttpEdge.launch(edgeContext(context, status, publisher, troubles));
            member = ControlMember.launch(environment.aeron(), directory, config, status, publisher::onChange);
            addGauges(environment.metrics(), status, publisher);
            agents = environment.scheduler().schedule(AgentDuty.COORDINATION, new CompositeAgent(publisher, troubles));
        } catch (final RuntimeException e) {
            CloseHelper.quietCloseAll(member, edge, publisher);
            throw e;
        }
        return new ControlService(status, publisher, agents, member, edge);
    }

    /** Of the REST face. */
    public int httpPort() {
        return edge.port();
    }

    /** This member's own committed catalog. */
    public CatalogView catalogView() {
        return publisher;
    }

    /** What the member says of itself. */
    public MemberStatus status() {
        return status;
    }

    /** Takes a snapshot and ends the member; views fall silent. */
    @Override
    public void close() {
        CloseHelper.quietCloseAll(edge, member, agents, publisher);
    }

    /** Ends the member as a crash would: without a snapshot. */
    void abort() {
        CloseHelper.quietClose(edge);
        member.abort();
        CloseHelper.quietCloseAll(agents, publisher);
    }

    private static HttpEdge.Context edgeContext(
        final ControlContext context, final MemberStatus status, final CatalogPublisherAgent publisher, final Troubles troubles) {
        final ServiceEnvironment environment = context.environment();
        return new HttpEdge.Context()
            .serviceName("control")
            .host(environment.bindHost())
            .port(context.config().httpPort())
            .eventLoops(environment.eventLoops())
            .limits(environment.httpLimits())
            .metrics(environment.metrics())
            .errors(environment.errors())
            .routes(new CatalogRoutes(publisher, environment.control())::addTo)
            .readiness(() -> whyNotReady(status, publisher))
            .status(() -> status(context, status, publisher, troubles));
    }

    private static String whyNotReady(final MemberStatus status, final CatalogPublisherAgent publisher) {
        if (status.isTerminated()) {
            return "The member has stopped.";
        }
        if (!status.isElectionOver()) {
            return "There is no leader, or this member has not caught up with it.";
        }
        return publisher.catalog().version() < 0 ? "The catalog is not loaded yet." : null;
    }

    /** Usual while members start, and for moments of an election. */
    private static Troubles troubles(
        final ServiceEnvironment environment, final MemberStatus status, final CatalogPublisherAgent publisher) {
        return new Troubles("control", environment.metrics(), ProcessClock.INSTANCE)
            .addSlow("no_leader", () -> whyNotReady(status, publisher));
    }

    private static Map<String, Object> status(
        final ControlContext context, final MemberStatus status, final CatalogPublisherAgent publisher, final Troubles troubles) {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("member_id", context.config().memberId());
        json.put("members", context.config().members());
        json.put("role", status.role().name().toLowerCase(Locale.ROOT));
        json.put("leader", status.leaderMemberId());
        json.put("term", status.leadershipTermId());
        json.put("catalog_version", publisher.catalog().version());
        json.put("views", publisher.subscriberCount());
        json.put("entries_since_snapshot", status.entriesSinceSnapshot());
        json.put("troubles", troubles.status());
        return json;
    }

    private static void addGauges(final Metrics metrics, final MemberStatus status, final CatalogPublisherAgent publisher) {
        metrics.gauge("truenow_control_is_leader", "1 while this member leads.", () -> status.role() == Cluster.Role.LEADER ? 1 : 0);
        metrics.gauge("truenow_control_leadership_term", "Term of the log, -1 before the first.", status::leadershipTermId);
        metrics.gauge("truenow_control_catalog_version", "Version of the committed catalog.", () -> publisher.catalog().version());
        metrics.gauge("truenow_control_views", "Views that are kept up to date.", publisher::subscriberCount);
        metrics.gauge("truenow_control_entries_since_snapshot", "Log entries that a restart would carry out again.",
            status::entriesSinceSnapshot);
    }

    private static Path createDirectory(final Path directory) {
        try {
            return Files.createDirectories(directory);
        } catch (final IOException e) {
            throw new UncheckedIOException("cannot create the control plane's directory", e);
        }
    }
}
