package io.truenow.gateway;

import io.truenow.fabric.agent.Duty;
import io.truenow.fabric.service.LaunchedService;
import io.truenow.fabric.service.ServiceContext;
import io.truenow.fabric.service.ServiceModule;
import io.truenow.gateway.edge.aeron.AeronEdge;

import java.nio.file.Path;
import java.util.List;

/** The gateway, for processes that run services. */
public final class GatewayModule implements ServiceModule<GatewayConfig> {
    public static final GatewayModule INSTANCE = new GatewayModule();

    private static final int JOURNAL_FILES = 24;

    private GatewayModule() {
    }

    @Override
    public String name() {
        return "gateway";
    }

    @Override
    public Class<GatewayConfig> configType() {
        return GatewayConfig.class;
    }

    @Override
    public int httpPort(final GatewayConfig config) {
        return config.httpPort();
    }

    @Override
    public List<Duty> duties() {
        return List.of(Gateway.JOURNAL, AeronEdge.DUTY);
    }

    @Override
    public FileNeed files() {
        return new FileNeed("journal", JOURNAL_FILES, true);
    }

    @Override
    public void preload(final Path directory) {
        Gateway.preload(directory);
    }

    @Override
    public LaunchedService launch(final ServiceContext<GatewayConfig> context) {
        return Gateway.launch(context);
    }
}
