package io.truenow.hottier.shard;

import io.truenow.codecs.control.OwnerState;
import io.truenow.fabric.catalog.Owner;
import io.truenow.fabric.catalog.Shard;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.Arrays;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;

/** The lane is 1 of node 4; owners are written as node/lane:state. */
class ShardRoleTest {
    private static final int NODE = 4;
    private static final int LANE = 1;

    @ParameterizedTest
    @CsvSource(textBlock = """
        # owners                              lease  asked  whole  role
        4/1:ACTIVE,                           true,  false, false, JOINING
        4/1:ACTIVE,                           true,  true,  false, CATCHING_UP
        4/1:ACTIVE,                           true,  true,  true,  ACTIVE
        4/1:ACTIVE,                           true,  false, true,  ACTIVE
        # control is away, and nobody can have taken over
        4/1:ACTIVE,                           false, true,  true,  ACTIVE
        4/1:ACTIVE,                           false, true,  false, CATCHING_UP
        # others may have been made the first
        4/1:ACTIVE 5/0:IN_SYNC,               false, true,  true,  FENCED
        5/0:ACTIVE 4/1:CATCHING_UP,           false, true,  false, FENCED
        4/1:ACTIVE 5/0:IN_SYNC,               true,  true,  true,  ACTIVE
        5/0:ACTIVE 4/1:CATCHING_UP,           true,  true,  false, CATCHING_UP
        5/0:ACTIVE 4/1:CATCHING_UP,           true,  true,  true,  ACTIVE
        # another takes over
        4/1:LEAVING 5/0:CATCHING_UP,          true,  true,  true,  LEAVING
        4/1:LEAVING 5/0:CATCHING_UP,          true,  true,  false, CATCHING_UP
        4/1:LEAVING 5/0:CATCHING_UP,          false, true,  true,  FENCED
        # named no more: what it has is needed until somebody else has it
        5/0:CATCHING_UP,                      true,  true,  true,  FENCED
        5/0:LEAVING,                          true,  true,  true,  FENCED
        '',                                   true,  true,  true,  FENCED
        5/0:ACTIVE,                           true,  true,  true,  GONE
        5/0:CATCHING_UP 6/0:IN_SYNC,          true,  true,  true,  GONE
        5/0:ACTIVE,                           false, true,  true,  GONE
        # another lane of the node is somebody else
        4/0:ACTIVE,                           true,  true,  true,  GONE
        4/0:CATCHING_UP,                      true,  true,  true,  FENCED
        """)
    void whatALaneIs(final String owners, final boolean isLeaseHeld, final boolean isAsked, final boolean isWhole, final ShardRole role) {
        assertEquals(role, ShardRole.of(ShardOwnership.of(shard(owners), NODE, LANE), isLeaseHeld, isAsked, isWhole));
    }

    @Test
    void ofADroppedShardNothingIsKept() {
        assertEquals(ShardRole.GONE, ShardRole.of(ShardOwnership.of(null, NODE, LANE), true, true, true));
    }

    @Test
    void whoHasAllAnswersAndWhoIsFencedSaysNothing() {
        assertEquals(List.of(ShardRole.ACTIVE, ShardRole.LEAVING), Arrays.stream(ShardRole.values()).filter(ShardRole::answers).toList());
        assertEquals(List.of(ShardRole.FENCED, ShardRole.GONE),
            Arrays.stream(ShardRole.values()).filter(role -> !role.acknowledges()).toList());
    }

    @Test
    void anOwnerKnowsSinceWhen() {
        final Shard shard = new Shard(
            7, 3, 0, 2, List.of(new Owner(5, 1, OwnerState.ACTIVE, 8), new Owner(NODE, LANE, OwnerState.IN_SYNC, 9)));
        assertEquals(9, ShardOwnership.of(shard, NODE, LANE).sinceVersion());
    }

    private static Shard shard(final String owners) {
        return new Shard(7, 3, 0, 2, Arrays.stream(owners.split(" ")).filter(text -> !text.isEmpty()).map(text -> {
            final String[] parts = text.split("[/:]");
            return new Owner(Integer.parseInt(parts[0]), Integer.parseInt(parts[1]), OwnerState.valueOf(parts[2]));
        }).toList());
    }
}
