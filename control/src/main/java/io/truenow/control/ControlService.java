package io.truenow.control;

import io.aeron.cluster.service.Cluster;
import io.truenow.control.cluster.ControlMember;
import io.truenow.control.cluster.MemberStatus;
import io.truenow.control.publication.CatalogPublisherAgent;
import io.truenow.control.rest.CatalogRoutes;
import io.truenow.fabric.catalog.CatalogView;
import io.truenow.fabric.channel.UdpPorts;
import io.truenow.fabric.control.ControlMembers;
import io.truenow.fabric.http.HttpEdge;
import io.truenow.fabric.metrics.Metrics;
import io.truenow.fabric.service.LaunchedService;
import io.truenow.fabric.service.NotReady;
import io.truenow.fabric.service.ServiceContext;
import io.truenow.fabric.service.ServiceEnvironment;
import io.truenow.fabric.service.ServiceShell;

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
public final class ControlService implements LaunchedService {
    private final ServiceShell shell;
    private final ControlConfig config;
    private final MemberStatus status;
    private final CatalogPublisherAgent publisher;
    private final ControlMember member;
    private final HttpEdge edge;

    private ControlService(final ServiceShell shell, final ServiceContext<ControlConfig> context) {
        final ServiceEnvironment environment = shell.environment();
        this.shell = shell;
        config = context.config();
        final ControlMembers.Member self = config.controlMembers().members().get(config.memberId());
        for (int port = self.firstPort(); port < self.firstPort() + ControlMembers.PORTS_PER_MEMBER; port++) {
            UdpPorts.requireFree(environment.aeron(), self.host(), port, "control.members");
        }
        final Path directory = createDirectory(context.directory());
        status = new MemberStatus(context.onEnded());
        publisher = shell.owned(new CatalogPublisherAgent(environment.aeron(), self.catalog()));
        // usual while members start, and for moments of an election
        shell.troubles().addSlow("no_leader", this::whyNotReady);
        shell.coordinate(publisher);
        edge = shell.open(shell.edge(config.httpPort())
            .routes(new CatalogRoutes(publisher, environment.control())::addTo)
            .readiness(this::whyNotReady)
            .status(this::statusJson));
        member = shell.owned(ControlMember.launch(
            environment.aeron(), environment.scheduler()::idleStrategy, directory, config, status, publisher::onChange));
        // open before the member, which takes its time to start, and closed before it, which takes its time to end
        shell.owned(edge::close);
        addGauges(environment.metrics(), status, publisher);
    }

    /** Launches the member; a single one leads when this returns or within moments. The caller owns the data directory's lock. */
    public static ControlService launch(final ServiceContext<ControlConfig> context) {
        return ServiceShell.launch(context.environment(), "control", shell -> new ControlService(shell, context));
    }

    @Override
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
        shell.close();
    }

    /** Ends the member as a crash would: without a snapshot. */
    void abort() {
        member.abort();
        shell.close();
    }

    private String whyNotReady() {
        if (status.isTerminated()) {
            return "the member has stopped";
        }
        if (!status.isElectionOver()) {
            return "there is no leader, or this member has not caught up with it";
        }
        return publisher.catalog().version() < 0 ? NotReady.NO_CATALOG : null;
    }

    private Map<String, Object> statusJson() {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("member_id", config.memberId());
        json.put("members", config.members());
        json.put("role", status.role().name().toLowerCase(Locale.ROOT));
        json.put("leader", status.leaderMemberId());
        json.put("term", status.leadershipTermId());
        json.put("catalog_version", publisher.catalog().version());
        json.put("views", publisher.subscriberCount());
        json.put("entries_since_snapshot", status.entriesSinceSnapshot());
        json.put("troubles", shell.troubles().status());
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
