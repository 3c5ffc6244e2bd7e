package io.truenow.gateway.edge.aeron;

import io.truenow.codecs.edge.EdgeStatus;
import io.truenow.fabric.catalog.Catalog;
import io.truenow.fabric.catalog.Table;
import io.truenow.fabric.problem.Problem;
import io.truenow.format.batch.BatchBuilder;
import io.truenow.format.batch.TableBinding;
import io.truenow.gateway.table.FakeControl;
import io.truenow.gateway.table.KeptFrom;
import io.truenow.gateway.table.TableNeed;
import io.truenow.gateway.table.TableResolver;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** What the Aeron edge tells to repeat, and that it does not do so for ever. */
class CatalogLagTest {
    private static final long NOW_US = 1_764_000_000_000_000L;

    private final FakeControl control = new FakeControl(1);
    private final UnsafeBuffer buffer = new UnsafeBuffer(new byte[BatchBuilder.MAX_BATCH_BYTES]);
    private long nowNs = 5;
    private final BatchCheck check = new BatchCheck(new KeptFrom(), () -> nowNs);

    @Test
    void aTableThatIsNeverShownIsUnknownInTheEnd() {
        control.ensureTable("shop", "orders", List.of("country"), List.of());
        final Table table = control.catalog().table("shop", "orders");
        assertLasts(BatchProblems.UNKNOWN_TABLE, new TableBinding.Schema(99, 0, 0, 1, 1), table);
        assertLasts(BatchProblems.UNKNOWN_COLUMN, new TableBinding.Schema(table.id(), 0, 0, 9, 1), table);
        assertLasts(BatchProblems.STALE_LAYOUT, new TableBinding.Schema(table.id(), 0, 0, 1, 9), table);
        assertEquals(BatchProblems.STALE_LAYOUT, check(new TableBinding.Schema(table.id(), 0, 0, 1, 0), table, control.catalog()));
    }

    private void assertLasts(final Problem lasting, final TableBinding.Schema schema, final Table table) {
        nowNs += CatalogLag.PATIENCE_NS;
        for (long waitedNs = 0; waitedNs < CatalogLag.PATIENCE_NS; waitedNs += 1_000_000_000L) {
            assertEquals(BatchProblems.CATALOG_BEHIND, check(schema, table, control.catalog()));
            assertEquals(BatchProblems.CATALOG_BEHIND, check(schema, table, Catalog.EMPTY), "no catalog yet");
            nowNs += 1_000_000_000L;
        }
        assertEquals(lasting, check(schema, table, control.catalog()));
        nowNs += CatalogLag.PATIENCE_NS;
        assertEquals(BatchProblems.CATALOG_BEHIND, check(schema, table, control.catalog()), "another client, later");
    }

    private Problem check(final TableBinding.Schema schema, final Table table, final Catalog catalog) {
        final BatchBuilder builder = new BatchBuilder(new TableBinding(schema, table.dimensions(), table.metrics(), table.shardIds()), 0);
        builder.startRow(NOW_US, 1, 2);
        builder.endRow();
        return check.check(buffer, 0, builder.encode(buffer, 0, 0), catalog, NOW_US);
    }

    @ParameterizedTest
    @CsvSource({"table_limit,REJECTED,table_limit", "invalid_namespace,REJECTED,invalid_namespace",
        "a_later_code,REJECTED,refused_by_control",
        "stale_command,RETRY,control_unavailable",
        "malformed_command,REJECTED,internal_error"})
    void bindsAreToldWhatTheRefusalMeans(final String code, final EdgeStatus status, final String told) {
        final Problem refusal = bind(FakeControl.REFUSED + code).refusal();
        assertEquals(status, BatchProblems.status(refusal));
        assertEquals(told, refusal.code().text());
    }

    @Test
    void aFailureInThisProcessIsNoUnavailableControl() {
        final PendingBind broken = bind(FakeControl.BROKEN);
        assertEquals(BatchProblems.INTERNAL, broken.refusal());
        assertNotNull(broken.failure());
        control.away(true);
        final PendingBind away = bind("shop");
        assertEquals(BatchProblems.CONTROL_AWAY, away.refusal());
        assertNull(away.failure());
    }

    @Test
    void aNewNamespaceIsNotCalledByDigits() {
        assertEquals("invalid_namespace", bind("7").refusal().code().text());
        assertEquals(EdgeStatus.REJECTED, BatchProblems.status(bind("7").refusal()));
        assertNotNull(bind("a7").table());
        assertEquals(1, control.calls());
    }

    private PendingBind bind(final String namespace) {
        final TableNeed need = new TableNeed(namespace, "t", List.of(), List.of());
        final PendingBind bind = new PendingBind(null, 1, new TableResolver(control, control), need, Long.MAX_VALUE);
        bind.poll(0);
        assertTrue(bind.poll(0));
        return bind;
    }
}
