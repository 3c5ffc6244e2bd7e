package io.truenow.engine.store.seal;

import org.agrona.concurrent.OneToOneConcurrentArrayQueue;

import java.util.ArrayDeque;

/**
 * Where one lane and the sealer agent meet: tasks to the agent, answers to the lane. What a full queue does not take waits at the sender.
 */
public final class SealExchange {
    private static final int CAPACITY = 1_024;

    private final OneToOneConcurrentArrayQueue<SealTask> tasks = new OneToOneConcurrentArrayQueue<>(CAPACITY);
    private final OneToOneConcurrentArrayQueue<SealDone> answers = new OneToOneConcurrentArrayQueue<>(CAPACITY);
    private final ArrayDeque<SealTask> unsentTasks = new ArrayDeque<>();
    private final ArrayDeque<SealDone> unsentAnswers = new ArrayDeque<>();

    /** Lane: asks for a task. */
    public void offer(final SealTask task) {
        unsentTasks.add(task);
        flushTasks();
    }

    /** Lane, each duty cycle. */
    public int flushTasks() {
        return flush(unsentTasks, tasks);
    }

    /** Lane: the next answer, or null. */
    public SealDone pollDone() {
        return answers.poll();
    }

    /** Sealer agent: the next task, or null. */
    public SealTask pollTask() {
        return tasks.poll();
    }

    /** Sealer agent: a task is over. */
    public void answer(final SealDone done) {
        unsentAnswers.add(done);
        flushAnswers();
    }

    /** Sealer agent, each duty cycle. */
    public int flushAnswers() {
        return flush(unsentAnswers, answers);
    }

    /** Tasks that the agent has not taken up; an estimate. Any thread. */
    public int tasksWaiting() {
        return tasks.size();
    }

    private static <T> int flush(final ArrayDeque<T> from, final OneToOneConcurrentArrayQueue<T> to) {
        int count = 0;
        while (!from.isEmpty() && to.offer(from.peekFirst())) {
            from.pollFirst();
            count++;
        }
        return count;
    }
}
