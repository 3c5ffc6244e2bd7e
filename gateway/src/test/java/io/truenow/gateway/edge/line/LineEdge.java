package io.truenow.gateway.edge.line;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.truenow.codecs.edge.AckLevel;
import io.truenow.fabric.problem.Problem;
import io.truenow.fabric.problem.ProblemCode;
import io.truenow.gateway.ingest.EventRow;
import io.truenow.gateway.ingest.EventSink;
import io.truenow.gateway.ingest.IngestCall;
import io.truenow.gateway.ingest.IngestCounters;
import io.truenow.gateway.ingest.IngestFlow;
import io.truenow.gateway.ingest.Utf8Check;
import org.agrona.concurrent.UnsafeBuffer;

import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;

import static java.nio.charset.StandardCharsets.UTF_8;

/**
 * An edge for lines of text over TCP, to show what an edge is beside the ingest core: it parses and replies. A line is an event,
 * {@code NAMESPACE TABLE ID TIME_US [name=text].. [name:number]..}; the lines that have come are one request. A connection is not read
 * while its request is on its way. Replies: {@code rejected LINE CODE FIELD DETAIL} for each such event, then {@code ok RECEIVED ACCEPTED}
 * or {@code error CODE DETAIL}.
 */
final class LineEdge implements AutoCloseable {
    private final IngestFlow flow;
    private final EventLoopGroup loop;
    private final Channel server;

    /** Takes one loop, to which everything belongs. */
    LineEdge(final IngestFlow.Context context, final IngestCounters counters, final EventLoopGroup loop) {
        this.loop = loop;
        flow = new IngestFlow(context, counters, 1_024, () -> loop.execute(this::poll));
        server = new ServerBootstrap().group(loop).channel(NioServerSocketChannel.class).childHandler(new ChannelInitializer<>() {
            @Override
            protected void initChannel(final Channel channel) {
                channel.pipeline().addLast(new Connection(channel));
            }
        }).bind("127.0.0.1", 0).syncUninterruptibly().channel();
    }

    int port() {
        return ((InetSocketAddress) server.localAddress()).getPort();
    }

    @Override
    public void close() {
        server.close().syncUninterruptibly();
    }

    private void poll() {
        flow.poll();
        if (flow.isWaiting()) {
            loop.schedule(this::poll, 500, TimeUnit.MICROSECONDS);
        }
    }

    private final class Connection extends ChannelInboundHandlerAdapter {
        private final ByteBuf received = Unpooled.buffer();
        private final Lines lines;

        Connection(final Channel channel) {
            lines = new Lines(channel);
        }

        @Override
        public void channelRead(final ChannelHandlerContext context, final Object message) {
            received.writeBytes((ByteBuf) message);
            ((ByteBuf) message).release();
            final int last = ByteBufUtil.indexOf(received, received.writerIndex(), received.readerIndex(), (byte) '\n');
            if (last >= 0 && context.channel().config().isAutoRead()) {
                lines.bytes = new byte[last + 1 - received.readerIndex()];
                received.readBytes(lines.bytes).discardReadBytes();
                context.channel().config().setAutoRead(false);
                flow.take(lines);
                poll();
            }
        }
    }

    private static final class Lines extends IngestCall {
        private final Channel channel;
        private final EventRow row = new EventRow();
        private final StringBuilder rejected = new StringBuilder();
        private byte[] bytes;
        private int at;
        private int length;

        Lines(final Channel channel) {
            this.channel = channel;
        }

        @Override
        protected AckLevel ackLevel() {
            return AckLevel.JOURNALED;
        }

        @Override
        protected Problem read(final EventSink sink) {
            rejected.setLength(0);
            if (!Utf8Check.isUtf8(new UnsafeBuffer(bytes), 0, bytes.length)) {
                return Problem.of(ProblemCode.MALFORMED_REQUEST, "Lines must be UTF-8.");
            }
            int line = 1;
            for (at = 0; at < bytes.length; at++, line++) {
                readRow();
                if (!append(sink, row, bytes, row.namespace(), row.table())) {
                    rejected.append("rejected ").append(line).append(' ').append(row.error().text()).append(' ').append(row.errorField())
                        .append(new String(bytes, row.errorNameOffset(), row.errorNameLength(), UTF_8)).append(' ')
                        .append(row.errorDetail()).append('\n');
                }
            }
            return null;
        }

        private void readRow() {
            row.clear();
            row.namespace().set(bytes, word(), length);
            row.table().set(bytes, word(), length);
            row.eventId(word(), length);
            final int time = word();
            try {
                row.eventTime(Long.parseLong(new String(bytes, time, length, UTF_8)));
            } catch (final NumberFormatException e) {
                row.fail(ProblemCode.INVALID_EVENT_TIME, "event_time", "must be an integer");
            }
            while (bytes[at] != '\n') {
                readColumn(word());
            }
        }

        private void readColumn(final int from) {
            int i = from;
            while (i < from + length && bytes[i] != '=' && bytes[i] != ':') {
                i++;
            }
            final int valueLength = from + length - i - 1;
            if (valueLength < 0) {
                row.fail(ProblemCode.UNKNOWN_FIELD, "", from, length, "is neither name=text nor name:number");
            } else if (bytes[i] == '=' && row.mayAddDimension()) {
                row.dimension(from, i - from, i + 1, valueLength);
            } else if (bytes[i] == ':' && row.mayAddMetric()) {
                try {
                    row.metric(from, i - from, Double.parseDouble(new String(bytes, i + 1, valueLength, UTF_8)));
                } catch (final NumberFormatException e) {
                    row.fail(ProblemCode.INVALID_METRIC, "metrics.", from, i - from, "must be a number");
                }
            }
        }

        /** Where the next word begins; it has {@link #length}. */
        private int word() {
            while (bytes[at] == ' ') {
                at++;
            }
            final int from = at;
            while (bytes[at] != ' ' && bytes[at] != '\n') {
                at++;
            }
            length = at - from;
            return from;
        }

        @Override
        protected void onRefused(final Problem problem) {
            reply("error " + problem.code().text() + ' ' + problem.detail());
        }

        @Override
        protected void onNoneAccepted() {
            reply(rejected + "error " + ProblemCode.EVENTS_REJECTED.text() + " No event was acceptable.");
        }

        @Override
        protected void onCompleted() {
            final Problem problem = request().outcome().problem();
            reply(problem == null ? rejected + "ok " + received() + ' ' + accepted() : "error " + problem.code().text());
        }

        @Override
        protected void onEnd() {
            channel.config().setAutoRead(true);
        }

        private void reply(final String text) {
            channel.writeAndFlush(Unpooled.copiedBuffer(text + '\n', UTF_8));
        }
    }
}
