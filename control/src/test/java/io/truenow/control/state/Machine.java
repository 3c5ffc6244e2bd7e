package io.truenow.control.state;

import io.truenow.fabric.catalog.Catalog;
import io.truenow.fabric.catalog.CatalogBuilder;
import org.agrona.concurrent.UnsafeBuffer;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertTrue;

/** A machine with what it published. */
final class Machine {
    static final long START_US = 1_700_000_000_000_000L;

    final List<CatalogChange> changes = new ArrayList<>();
    final CatalogStateMachine stateMachine = new CatalogStateMachine(changes::add);
    final List<byte[]> replies = new ArrayList<>();
    long nowUs = START_US;

    byte[] apply(final byte[] command) {
        final byte[] reply = stateMachine.onCommand(new UnsafeBuffer(command), 0, command.length, nowUs);
        replies.add(reply);
        return reply;
    }

    byte[] snapshot() {
        final ByteArrayOutputStream out = new ByteArrayOutputStream();
        stateMachine.writeSnapshot((buffer, offset, length) -> {
            for (int i = 0; i < length; i++) {
                out.write(buffer.getByte(offset + i));
            }
        });
        return out.toByteArray();
    }

    Machine copyBySnapshot() {
        final Machine copy = new Machine();
        final SnapshotReader reader = copy.stateMachine.snapshotReader();
        stateMachine.writeSnapshot((buffer, offset, length) -> {
            // as it is read back: these bytes and no more
            final byte[] message = new byte[length];
            buffer.getBytes(offset, message);
            reader.onMessage(new UnsafeBuffer(message), 0, length);
        });
        assertTrue(reader.isDone());
        copy.nowUs = nowUs;
        return copy;
    }

    Catalog catalog() {
        final byte[] records = stateMachine.whole().records();
        return new CatalogBuilder().apply(new UnsafeBuffer(records), 0, records.length).build(stateMachine.version());
    }
}
