package io.truenow.query;

import io.truenow.fabric.agent.Duty;
import io.truenow.fabric.service.LaunchedService;
import io.truenow.fabric.service.ServiceContext;
import io.truenow.fabric.service.ServiceModule;

import java.util.List;

/** The query node, for processes that run services. */
public final class QueryModule implements ServiceModule<QueryConfig> {
    public static final QueryModule INSTANCE = new QueryModule();

    private QueryModule() {
    }

    @Override
    public String name() {
        return "query";
    }

    @Override
    public Class<QueryConfig> configType() {
        return QueryConfig.class;
    }

    @Override
    public int httpPort(final QueryConfig config) {
        return config.httpPort();
    }

    @Override
    public List<Duty> duties() {
        return List.of(QueryNode.QUERY_NODE);
    }

    @Override
    public FileNeed files() {
        return new FileNeed(null, 0, true);
    }

    @Override
    public LaunchedService launch(final ServiceContext<QueryConfig> context) {
        return QueryNode.launch(context);
    }
}
