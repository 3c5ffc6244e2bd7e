package io.truenow.fabric.metrics;

import io.aeron.Aeron;
import io.aeron.CncFileDescriptor;
import org.agrona.BufferUtil;
import org.agrona.concurrent.AtomicBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.status.AtomicCounter;
import org.agrona.concurrent.status.CountersManager;
import org.agrona.concurrent.status.CountersReader;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.StandardOpenOption;

/**
 * Where counters live: a media driver's counters file, so that Aeron's tools show them, or memory of our own.
 *
 * <p>An Aeron client unmaps the driver's file when it is closed, and it closes itself when it loses the driver; a counter written after
 * that would take the process down. So the file is mapped a second time here, and that mapping lives as long as a counter does.
 */
interface CounterMemory {
    /** A counter with value 0. */
    AtomicCounter allocate(int typeId, String label);

    /** Every counter there is, also those of others. */
    CountersReader reader();

    /** Memory of our own. */
    static CounterMemory local(final int maxCounters) {
        final CountersManager manager = new CountersManager(
            new UnsafeBuffer(BufferUtil.allocateDirectAligned(maxCounters * CountersReader.METADATA_LENGTH, 64)),
            new UnsafeBuffer(BufferUtil.allocateDirectAligned(maxCounters * CountersReader.COUNTER_LENGTH, 64)),
            StandardCharsets.US_ASCII);
        return new CounterMemory() {
            @Override
            public AtomicCounter allocate(final int typeId, final String label) {
                return manager.newCounter(label, typeId);
            }

            @Override
            public CountersReader reader() {
                return manager;
            }
        };
    }

    /** The counters file of the driver that the client is attached to. */
    static CounterMemory of(final Aeron aeron) {
        final MappedByteBuffer cnc;
        try (FileChannel file = FileChannel.open(
            aeron.context().cncFile().toPath(), StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            cnc = file.map(FileChannel.MapMode.READ_WRITE, 0, file.size());
        } catch (final IOException e) {
            throw new UncheckedIOException("cannot map the media driver's counters", e);
        }
        final UnsafeBuffer metaData = CncFileDescriptor.createMetaDataBuffer(cnc);
        final AtomicBuffer values = CncFileDescriptor.createCountersValuesBuffer(cnc, metaData);
        final CountersReader reader = new CountersReader(
            CncFileDescriptor.createCountersMetaDataBuffer(cnc, metaData), values, StandardCharsets.US_ASCII);
        return new CounterMemory() {
            @Override
            public AtomicCounter allocate(final int typeId, final String label) {
                return new AtomicCounter(values, aeron.addCounter(typeId, label).id());
            }

            @Override
            public CountersReader reader() {
                return reader;
            }
        };
    }
}
