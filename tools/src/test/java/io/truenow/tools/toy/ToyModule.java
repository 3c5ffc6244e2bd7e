package io.truenow.tools.toy;

import io.truenow.fabric.agent.Duty;
import io.truenow.fabric.service.ServiceContext;
import io.truenow.fabric.service.ServiceModule;

import java.util.List;

/** All that the command line would have to know of the toy: one more in its list of modules. */
final class ToyModule implements ServiceModule<ToyConfig> {
    static final ToyModule INSTANCE = new ToyModule();

    private ToyModule() {
    }

    @Override
    public String name() {
        return "toy";
    }

    @Override
    public Class<ToyConfig> configType() {
        return ToyConfig.class;
    }

    @Override
    public int httpPort(final ToyConfig config) {
        return config.httpPort();
    }

    @Override
    public List<Duty> duties() {
        return List.of(Toy.TICKING);
    }

    @Override
    public FileNeed files() {
        return new FileNeed(null, 0, true);
    }

    @Override
    public Toy launch(final ServiceContext<ToyConfig> context) {
        return Toy.launch(context);
    }
}
