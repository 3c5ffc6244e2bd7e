package io.truenow.fabric.http.route;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.truenow.fabric.problem.Problem;

/** A problem's JSON. */
public final class ProblemText {
    private ProblemText() {
    }

    /** Writes it as RFC 9457 has it. */
    public static void write(final ByteBuf target, final Problem problem) {
        final int status = HttpStatuses.of(problem.code());
        ByteBufUtil.writeAscii(target, "{\"type\":\"about:blank\",\"title\":");
        JsonText.writeString(target, HttpResponseStatus.valueOf(status).reasonPhrase());
        ByteBufUtil.writeAscii(target, ",\"status\":");
        JsonText.writeLong(target, status);
        ByteBufUtil.writeAscii(target, ",\"code\":");
        JsonText.writeString(target, problem.code().text());
        ByteBufUtil.writeAscii(target, ",\"detail\":");
        JsonText.writeString(target, problem.detail());
        if (problem.field() != null) {
            ByteBufUtil.writeAscii(target, ",\"field\":");
            JsonText.writeString(target, problem.field());
        }
        problem.members().forEach((name, value) -> {
            target.writeByte(',');
            JsonText.writeString(target, name);
            target.writeByte(':');
            JsonText.writeLong(target, value);
        });
        target.writeByte('}');
    }
}
