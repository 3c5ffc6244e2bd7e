package io.truenow.fabric.control;

import org.agrona.concurrent.UnsafeBuffer;

import java.util.concurrent.CompletableFuture;

/** A command on its way: written by the caller, then owned by the client's agent. */
final class PendingCommand {
    final UnsafeBuffer buffer;
    final int lengthBytes;
    final long deadlineNs;
    final CompletableFuture<CommandReply> future = new CompletableFuture<>();

    PendingCommand(final UnsafeBuffer buffer, final int lengthBytes, final long deadlineNs) {
        this.buffer = buffer;
        this.lengthBytes = lengthBytes;
        this.deadlineNs = deadlineNs;
    }

    void fail(final String reason) {
        future.completeExceptionally(new ControlUnavailableException(reason));
    }
}
