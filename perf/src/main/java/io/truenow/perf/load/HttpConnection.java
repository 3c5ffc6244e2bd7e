package io.truenow.perf.load;

import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * One kept HTTP/1.1 connection, written and read by hand: requests are prepared bytes, so that the load generator costs little on the cores
 * that it shares with what it measures. Requests may be pipelined; answers come in order. Belongs to one thread, which blocks.
 */
public final class HttpConnection implements AutoCloseable {
    private static final int READ_BYTES = 64 * 1024;

    private final SocketChannel channel;
    private final String host;
    private ByteBuffer input = ByteBuffer.allocate(READ_BYTES).flip();
    private int status;
    private byte[] body = new byte[READ_BYTES];
    private int bodyLength;

    private HttpConnection(final SocketChannel channel, final String host) {
        this.channel = channel;
        this.host = host;
    }

    /** Connects. */
    public static HttpConnection open(final URI base) throws IOException {
        final SocketChannel channel = SocketChannel.open(new InetSocketAddress(base.getHost(), base.getPort()));
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
        return new HttpConnection(channel, base.getHost() + ':' + base.getPort());
    }

    /** A POST as bytes on the wire. */
    public byte[] post(final String path, final byte[] json) {
        return post(host, path, json);
    }

    /** A POST as bytes on the wire. */
    public static byte[] post(final String host, final String path, final byte[] json) {
        final byte[] head = ("POST " + path + " HTTP/1.1\r\nHost: " + host + "\r\nContent-Type: application/json\r\nContent-Length: "
            + json.length + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII);
        final byte[] request = Arrays.copyOf(head, head.length + json.length);
        System.arraycopy(json, 0, request, head.length, json.length);
        return request;
    }

    /** Writes all of it. */
    public void send(final ByteBuffer request) throws IOException {
        while (request.hasRemaining()) {
            channel.write(request);
        }
    }

    /** Reads the next answer and returns its status; its body is at {@link #bodyText}. */
    public int receive() throws IOException {
        int headEnd = headEnd();
        while (headEnd < 0) {
            fill();
            headEnd = headEnd();
        }
        final byte[] array = input.array();
        final int start = input.position();
        status = (array[start + 9] - '0') * 100 + (array[start + 10] - '0') * 10 + (array[start + 11] - '0');
        bodyLength = contentLength(array, start, headEnd);
        input.position(headEnd);
        if (body.length < bodyLength) {
            body = new byte[bodyLength * 2];
        }
        int read = 0;
        while (read < bodyLength) {
            if (!input.hasRemaining()) {
                fill();
            }
            final int size = Math.min(bodyLength - read, input.remaining());
            input.get(body, read, size);
            read += size;
        }
        return status;
    }

    /** Sends a POST and reads its answer. */
    public int exchange(final String path, final String json) throws IOException {
        send(ByteBuffer.wrap(post(path, json.getBytes(StandardCharsets.UTF_8))));
        return receive();
    }

    /** Body of the last answer. */
    public String bodyText() {
        return new String(body, 0, bodyLength, StandardCharsets.UTF_8);
    }

    /** The whole number behind {@code "name":} in the last answer's body, or -1. */
    public long number(final String name) {
        final byte[] key = ('"' + name + "\":").getBytes(StandardCharsets.US_ASCII);
        for (int i = 0; i + key.length < bodyLength; i++) {
            if (body[i] == '"' && Arrays.equals(body, i, i + key.length, key, 0, key.length)) {
                long value = 0;
                for (int j = i + key.length; j < bodyLength && body[j] >= '0' && body[j] <= '9'; j++) {
                    value = value * 10 + body[j] - '0';
                }
                return value;
            }
        }
        return -1;
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    private void fill() throws IOException {
        input.compact();
        if (!input.hasRemaining()) {
            input = ByteBuffer.allocate(input.capacity() * 2).put(input.flip());
        }
        if (channel.read(input) < 0) {
            throw new EOFException("the server closed the connection");
        }
        input.flip();
    }

    /** Behind the empty line, or -1. */
    private int headEnd() {
        final byte[] array = input.array();
        for (int i = input.position(); i + 4 <= input.limit(); i++) {
            if (array[i] == '\r' && array[i + 1] == '\n' && array[i + 2] == '\r' && array[i + 3] == '\n') {
                return i + 4;
            }
        }
        return -1;
    }

    private static int contentLength(final byte[] array, final int start, final int end) throws IOException {
        final String name = "content-length:";
        for (int line = start; line < end; line++) {
            if (line > start && array[line - 1] == '\n' && isName(array, line, name)) {
                int i = line + name.length();
                int length = 0;
                while (array[i] == ' ') {
                    i++;
                }
                for (; array[i] >= '0' && array[i] <= '9'; i++) {
                    length = length * 10 + array[i] - '0';
                }
                return length;
            }
        }
        throw new IOException("an answer without content-length");
    }

    private static boolean isName(final byte[] array, final int at, final String name) {
        for (int i = 0; i < name.length(); i++) {
            final int letter = array[at + i] >= 'A' && array[at + i] <= 'Z' ? array[at + i] + 32 : array[at + i];
            if (letter != name.charAt(i)) {
                return false;
            }
        }
        return true;
    }
}
