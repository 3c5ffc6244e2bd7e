package io.truenow.engine.scan.cube;

import java.util.ArrayList;
import java.util.List;

/** What queries used of cubes lately, most of all for those that fold between queries. Belongs to the query agent. */
public final class CubeDemands {
    private static final int MAX_DEMANDS = 64;

    private final List<CubeDemand> demands = new ArrayList<>();

    CubeDemands() {
    }

    /** A query uses cubes of a level; it tells in which spans. */
    public CubeDemand onAsked(final CubeWants wants, final CubeLevel level, final long nowNs) {
        for (int i = 0; i < demands.size(); i++) {
            if (demands.get(i).is(wants, level)) {
                demands.get(i).onAsked(nowNs);
                return demands.get(i);
            }
        }
        final CubeDemand demand = new CubeDemand(wants, level, nowNs);
        demand.onAsked(nowNs);
        if (demands.size() < MAX_DEMANDS) {
            demands.add(demand);
        } else {
            demands.set(leastRecent(), demand);
        }
        return demand;
    }

    /** How many there are. */
    public int count() {
        return demands.size();
    }

    /** One of them. */
    public CubeDemand get(final int index) {
        return demands.get(index);
    }

    /** Whether cubes of a table are popular. */
    public boolean isPopular(final int tableId, final long nowNs) {
        for (int i = 0; i < demands.size(); i++) {
            if (demands.get(i).tableId() == tableId && demands.get(i).isPopular(nowNs)) {
                return true;
            }
        }
        return false;
    }

    /** A key has gone. */
    void forget(final CubeKey key) {
        demands.removeIf(demand -> demand.isOf(key));
    }

    private int leastRecent() {
        int least = 0;
        for (int i = 1; i < demands.size(); i++) {
            least = demands.get(i).askedNs() - demands.get(least).askedNs() < 0 ? i : least;
        }
        return least;
    }
}
