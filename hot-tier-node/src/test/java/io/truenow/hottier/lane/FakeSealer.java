package io.truenow.hottier.lane;

import io.truenow.engine.store.seal.SealDone;
import io.truenow.engine.store.seal.SealExchange;
import io.truenow.engine.store.seal.SealTask;

import java.util.ArrayList;
import java.util.List;

/** The sealer agent's side by hand, with a disk that is full: only what is kept in place can be written. */
final class FakeSealer {
    final SealExchange seals = new SealExchange();
    final List<SealTask> tasks = new ArrayList<>();

    /** Answers all that was asked. */
    void work() {
        for (SealTask task = seals.pollTask(); task != null; task = seals.pollTask()) {
            tasks.add(task);
            seals.answer(new SealDone(task, null, task instanceof SealTask.Write ? "no space left" : null));
        }
    }
}
