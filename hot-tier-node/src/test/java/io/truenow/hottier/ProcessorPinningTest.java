package io.truenow.hottier;

import io.truenow.fabric.memory.os.ThreadPinning;
import org.agrona.concurrent.Agent;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

import java.util.BitSet;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

final class ProcessorPinningTest {
    private final ProcessorPinning pinning = new ProcessorPinning();
    private final BitSet[] seen = new BitSet[2];

    @Test
    void leavesAgentsAloneIfNothingIsAsked() {
        final Agent agent = agent("lane-0", 0);
        assertSame(agent, pinning.pinned(agent, 0, List.of()));
        assertEquals("not asked for", pinning.summary());
    }

    @Test
    void agentsOfAThreadShareTheirProcessors() throws InterruptedException {
        final BitSet allowed = ThreadPinning.processors();
        Assumptions.assumeTrue(allowed.cardinality() >= 2, "two processors that can be told");
        final int first = allowed.nextSetBit(0);
        final int second = allowed.nextSetBit(first + 1);
        final List<Integer> processors = List.of(first, second);
        final Agent one = pinning.pinned(agent("lane-0", 0), 0, processors);
        final Agent other = pinning.pinned(agent("lane-1", 1), 1, processors);
        Thread.ofPlatform().start(() -> {
            one.onStart();
            other.onStart();
            other.onClose();
            one.onClose();
        }).join();
        assertEquals(BitSet.valueOf(new long[]{1L << first}), seen[0]);
        assertEquals(BitSet.valueOf(new long[]{1L << first | 1L << second}), seen[1]);
        assertEquals("lane-0 on processor " + first + ", lane-1 on processor " + second, pinning.summary());
    }

    @Test
    void saysWhatIsRefused() throws InterruptedException {
        final Agent agent = pinning.pinned(agent("lane-0", 0), 0, List.of(ThreadPinning.MAX_PROCESSORS - 1));
        Thread.ofPlatform().start(agent::onStart).join();
        assertEquals(ThreadPinning.processors(), seen[0]);
        assertTrue(pinning.summary().startsWith("lane-0 refused processor 1023: "), pinning.summary());
    }

    private Agent agent(final String name, final int number) {
        return new Agent() {
            @Override
            public void onStart() {
                seen[number] = ThreadPinning.processors();
            }

            @Override
            public int doWork() {
                return 0;
            }

            @Override
            public String roleName() {
                return name;
            }
        };
    }
}
