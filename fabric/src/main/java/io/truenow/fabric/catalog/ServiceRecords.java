package io.truenow.fabric.catalog;

import io.truenow.codecs.control.MessageHeaderDecoder;
import io.truenow.codecs.control.MessageHeaderEncoder;
import io.truenow.codecs.control.ServiceRecordDecoder;
import io.truenow.codecs.control.ServiceRecordEncoder;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.IntFunction;

/** Services with their leases. Stateless. */
final class ServiceRecords extends RecordKind<ServiceInstance> {
    ServiceRecords() {
        super(ServiceRecordDecoder.TEMPLATE_ID, "services");
    }

    @Override
    public int id(final ServiceInstance service) {
        return service.id();
    }

    @Override
    public int id(final DirectBuffer buffer, final int offset) {
        return decoder(buffer, offset).serviceId();
    }

    @Override
    public int encode(final MutableDirectBuffer target, final int offset, final long version, final ServiceInstance service) {
        final ServiceRecordEncoder encoder = new ServiceRecordEncoder();
        final ServiceLease lease = service.lease();
        encoder.wrapAndApplyHeader(target, offset, new MessageHeaderEncoder())
            .version(version)
            .createdVersion(service.createdVersion())
            .registeredVersion(service.registeredVersion())
            .instanceKeyHigh(lease.instanceKeyHigh())
            .instanceKeyLow(lease.instanceKeyLow())
            .incarnation(service.incarnation())
            .driverId(service.driverId())
            .leaseUs(lease.lengthUs())
            .leaseDeadlineUs(lease.deadlineUs())
            .serviceId(service.id())
            .lanes(service.lanes())
            .aeronPort(service.aeronPort())
            .httpPort(service.httpPort())
            .kind(service.kind())
            .state(service.state())
            .host(service.host());
        return withHeader(encoder.encodedLength());
    }

    @Override
    public ServiceInstance decode(final DirectBuffer buffer, final int offset, final IntFunction<String> namespaceNames) {
        final ServiceRecordDecoder decoder = decoder(buffer, offset);
        return new ServiceInstance(
            decoder.serviceId(),
            decoder.kind(),
            decoder.incarnation(),
            decoder.driverId(),
            decoder.host(),
            decoder.aeronPort(),
            decoder.httpPort(),
            decoder.lanes(),
            decoder.state(),
            decoder.createdVersion(),
            decoder.registeredVersion(),
            new ServiceLease(decoder.instanceKeyHigh(), decoder.instanceKeyLow(), decoder.leaseUs(), decoder.leaseDeadlineUs()));
    }

    @Override
    public Map<String, Object> json(final ServiceInstance service, final Catalog catalog) {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("id", service.id());
        json.put("kind", lowerCase(service.kind()));
        json.put("state", lowerCase(service.state()));
        json.put("incarnation", service.incarnation());
        json.put("host", service.host());
        json.put("aeron_port", service.aeronPort());
        json.put("http_port", service.httpPort());
        json.put("lanes", service.lanes());
        json.put("created_version", service.createdVersion());
        json.put("registered_version", service.registeredVersion());
        return json;
    }

    private static ServiceRecordDecoder decoder(final DirectBuffer buffer, final int offset) {
        return new ServiceRecordDecoder().wrapAndApplyHeader(buffer, offset, new MessageHeaderDecoder());
    }
}
