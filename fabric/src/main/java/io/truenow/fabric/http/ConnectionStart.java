package io.truenow.fabric.http;

import io.netty.channel.ChannelPipeline;

/**
 * How connections of a port begin: in clear text or not, and how it comes out which version of HTTP they speak. Stateless; called by all
 * event loops.
 */
@FunctionalInterface
public interface ConnectionStart {
    /** No encryption: HTTP/1.1, or HTTP/2 for a client that begins with its preface ("prior knowledge"). */
    ConnectionStart CLEAR_TEXT = (pipeline, protocols) -> pipeline.addFirst(new PrefaceDetector(protocols, protocols.http1(pipeline)));

    /** Puts what a connection begins with into its pipeline. */
    void begin(ChannelPipeline pipeline, Protocols protocols);
}
