package io.truenow.control;

import io.truenow.fabric.agent.Duty;
import io.truenow.fabric.service.LaunchedService;
import io.truenow.fabric.service.ServiceContext;
import io.truenow.fabric.service.ServiceModule;
import io.truenow.fabric.service.StartCheck;

import java.util.List;

/** A control member, for processes that run services. */
public final class ControlModule implements ServiceModule<ControlConfig> {
    public static final ControlModule INSTANCE = new ControlModule();

    private static final int CLUSTER_FILES = 24;

    private ControlModule() {
    }

    @Override
    public String name() {
        return "control";
    }

    @Override
    public Class<ControlConfig> configType() {
        return ControlConfig.class;
    }

    @Override
    public int httpPort(final ControlConfig config) {
        return config.httpPort();
    }

    /** Archive, consensus module and state machine have threads of their own, which Aeron starts. */
    @Override
    public List<Duty> duties() {
        return List.of();
    }

    @Override
    public FileNeed files() {
        return new FileNeed("control", CLUSTER_FILES, true);
    }

    @Override
    public boolean isCatalogSource() {
        return true;
    }

    @Override
    public void check(final ControlConfig config, final StartCheck check) {
        check.requireOwnHost("control.members: member " + config.memberId() + ',',
            config.controlMembers().members().get(config.memberId()).host());
    }

    @Override
    public LaunchedService launch(final ServiceContext<ControlConfig> context) {
        return ControlService.launch(context);
    }
}
