package io.truenow.hottier;

import io.truenow.engine.store.memory.MemoryRoom;
import io.truenow.fabric.agent.Duty;
import io.truenow.fabric.config.ConfigException;
import io.truenow.fabric.service.LaunchedService;
import io.truenow.fabric.service.ServiceContext;
import io.truenow.fabric.service.ServiceModule;
import io.truenow.fabric.service.StartCheck;

import java.util.List;

/** The hot-tier node, for processes that run services. */
public final class HotTierModule implements ServiceModule<HotTierConfig> {
    public static final HotTierModule INSTANCE = new HotTierModule();

    private static final String BUDGET = "hot-tier.memory-budget";
    private static final int SEGMENT_FILES = 24;

    private HotTierModule() {
    }

    @Override
    public String name() {
        return "hot-tier";
    }

    @Override
    public Class<HotTierConfig> configType() {
        return HotTierConfig.class;
    }

    @Override
    public int httpPort(final HotTierConfig config) {
        return config.httpPort();
    }

    @Override
    public List<Duty> duties() {
        return List.of(HotTierNode.LANE, HotTierNode.QUERY_AGENT, HotTierNode.SEALER);
    }

    @Override
    public FileNeed files() {
        return new FileNeed("segment files", SEGMENT_FILES, false);
    }

    /** What somebody has asked for and cannot get is refused; the default does with what there is. */
    @Override
    public void check(final HotTierConfig config, final StartCheck check) {
        final MemoryRoom room = MemoryRoom.of(config.memorySettings(), check.dataDirectory());
        final String tooMuch = room.whyTooMuch();
        if (tooMuch != null && !check.isDefault(BUDGET)) {
            throw new ConfigException(BUDGET + ' ' + tooMuch);
        }
        final String doubt = tooMuch == null ? room.doubt() : tooMuch;
        if (doubt != null) {
            check.warn(BUDGET + ' ' + doubt);
        }
    }

    @Override
    public LaunchedService launch(final ServiceContext<HotTierConfig> context) {
        return HotTierNode.launch(context);
    }
}
