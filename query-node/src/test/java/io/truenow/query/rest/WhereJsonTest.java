package io.truenow.query.rest;

import io.truenow.fabric.problem.Problem;
import io.truenow.query.plan.Aggregate;
import io.truenow.query.plan.AggregateTerm;
import io.truenow.query.plan.Comparison;
import io.truenow.query.plan.Filter;
import io.truenow.query.plan.LogicalPlan;
import io.truenow.query.plan.MetricWish;
import io.truenow.query.plan.OrderTerm;
import io.truenow.query.plan.RefusedQueryException;
import io.truenow.query.plan.SketchTerm;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

/** The members {@code where} and {@code aggregates}. */
class WhereJsonTest {
    private final QueryJsonParser parser = new QueryJsonParser(10_000, 30_000);

    private LogicalPlan with(final String members) {
        return parser.parse(("{'namespace':'shop','table':'orders','start_time':10,'end_time':20," + members + '}').replace('\'', '"')
            .getBytes(StandardCharsets.UTF_8), null, null);
    }

    private Filter where(final String json) {
        final Filter.And all = (Filter.And) with("'where':" + json).filter();
        assertEquals(1, all.operands().size());
        final Filter.Of where = (Filter.Of) all.operands().getFirst();
        assertEquals("where", where.member());
        return where.operand();
    }

    private Problem refusal(final String members) {
        return assertThrows(RefusedQueryException.class, () -> with(members), members).refusal();
    }

    @Test
    void readsTestsOfDimensions() {
        assertEquals(new Filter.In("d", List.of("x"), false), where("{'dimension':'d','eq':'x'}"));
        assertEquals(new Filter.In("d", List.of(), true), where("{'eq':null,'dimension':'d'}"));
        assertEquals(new Filter.In("d", List.of("1.50", "true"), true), where("{'dimension':'d','in':[1.50,true,null]}"));
        assertEquals(new Filter.Not(new Filter.In("d", List.of("x"), true)), where("{'dimension':'d','ne':'x'}"),
            "a row without a value has no other value");
        assertEquals(new Filter.Not(new Filter.In("d", List.of("x", "y"), true)), where("{'dimension':'d','not_in':['x','y']}"));
        assertEquals(new Filter.Contains("d", "sh"), where("{'dimension':'d','contains':'sh'}"));
        assertEquals(new Filter.In("d", List.of(), true), where("{'dimension':'d','is_null':true}"));
        assertEquals(new Filter.Not(new Filter.In("d", List.of(), true)), where("{'dimension':'d','is_null':false}"));
    }

    @Test
    void readsTestsOfMetrics() {
        assertEquals(new Filter.And(List.of(new Filter.Compare("m", Comparison.GREATER_OR_EQUAL, 1.5),
            new Filter.Compare("m", Comparison.LESS, 1e3))), where("{'metric':'m','ge':1.5,'lt':1e3}"));
        assertEquals(new Filter.Compare("m", Comparison.NOT_EQUAL, -2), where("{'metric':'m','ne':-2}"));
        assertEquals(new Filter.Compare("m", Comparison.EQUAL, 0x1p53), where("{'metric':'m','eq':9007199254740992}"));
        assertEquals(new Filter.Compare("m", Comparison.EQUAL, 0x1p53), where("{'metric':'m','eq':9007199254740993.0}"), "may be rounded");
        assertEquals(new Filter.In("d", List.of("9007199254740993"), false), where("{'dimension':'d','eq':9007199254740993}"));
        assertEquals(new Filter.MetricNull("m"), where("{'metric':'m','is_null':true}"));
    }

    @Test
    void readsTrees() {
        assertEquals(new Filter.Or(List.of(new Filter.Not(new Filter.MetricNull("m")),
                new Filter.And(List.of(new Filter.In("d", List.of("x"), false))))),
            where("{'or':[{'not':{'metric':'m','is_null':true}},{'and':[{'dimension':'d','eq':'x'}]}]}"));
        assertEquals(new Filter.And(List.of(new Filter.In("a", List.of("1"), false), new Filter.Of("where", new Filter.MetricNull("m")))),
            with("'filters':{'a':1},'where':{'metric':'m','is_null':true}").filter(), "filters and where are and-ed");
        assertEquals(Filter.ALL, with("'where':null").filter());
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', quoteCharacter = '^', value = {
        "'where':5; invalid_where; where",
        "'where':{}; invalid_where; where",
        "'where':{'and':[]}; invalid_where; where.and",
        "'where':{'and':[],'or':[]}; invalid_where; where.and",
        "'where':{'not':{'dimension':'d'}}; invalid_where; where.not",
        "'where':{'dimension':'d','metric':'m','eq':1}; invalid_where; where",
        "'where':{'dimension':'d','eq':['x']}; invalid_where; where.eq",
        "'where':{'dimension':'d','in':'x'}; invalid_where; where.in",
        "'where':{'dimension':'d','in':[]}; invalid_where; where.in",
        "'where':{'dimension':'d','not_in':[]}; invalid_where; where.not_in",
        "'where':{'or':[]}; invalid_where; where.or",
        "'where':{'and':[{'dimension':'d','eq':'x'}],'and':[{'dimension':'d','eq':'x'}]}; duplicate_field; where.and",
        "'where':{'dimension':'d','dimension':'d','eq':'x'}; duplicate_field; where.dimension",
        "'aggregates':{'a':{'top':'d','k':1,'k':1}}; duplicate_field; aggregates.a.k",
        "'where':{'dimension':'d','lt':3}; unknown_field; where.lt",
        "'where':{'metric':'m','lt':'3'}; invalid_where; where.lt",
        "'where':{'metric':'m','lt':1e999}; invalid_where; where.lt",
        "'where':{'metric':'m','lt':9007199254740993}; inexact_number; where.lt",
        "'where':{'or':[{'metric':'m','eq':-123456789012345678901}]}; inexact_number; where.or[0].eq",
        "'where':{'metric':'m','is_null':1}; invalid_where; where.is_null",
        "'where':{'metric':'m','eq':1,'eq':2}; duplicate_field; where.eq",
        "'where':{'or':[{'dimension':'d','eq':'x'},7]}; invalid_where; where.or[1]",
        "'aggregates':[]; invalid_aggregates; aggregates",
        "'aggregates':{'a':{}}; invalid_aggregates; aggregates.a",
        "'aggregates':{'a':{'sum':true}}; invalid_aggregates; aggregates.a.sum",
        "'aggregates':{'a':{'sum':'m','avg':'m'}}; unknown_field; aggregates.a.avg",
        "'aggregates':{'a':{'median':'m'}}; unknown_field; aggregates.a.median",
        "'aggregates':{'a':{'quantile':'m'}}; invalid_aggregates; aggregates.a",
        "'aggregates':{'a':{'quantile':'m','rank':1.1}}; invalid_aggregates; aggregates.a.rank",
        "'aggregates':{'a':{'sum':'m','rank':0.5}}; invalid_aggregates; aggregates.a",
        "'aggregates':{'a':{'top':'d','k':0}}; invalid_aggregates; aggregates.a.k",
        "'aggregates':{'a':{'distinct':'d','k':3}}; invalid_aggregates; aggregates.a",
        "'aggregates':{'a':{'sum':'m'},'a':{'sum':'m'}}; duplicate_field; aggregates.a",
        "'aggregate':'distinct'; invalid_aggregate; aggregate",
        "'aggregate':'stddev'; metric_required; metric",
        "'aggregates':{'a':{'top':'d'}},'order_by':'a'; invalid_order_by; order_by"})
    void refusesByName(final String members, final String code, final String field) {
        final Problem refusal = refusal(members);
        assertEquals(code, refusal.code().text(), refusal.detail());
        assertEquals(field, refusal.field());
    }

    /** The hint says what the list would select, which is not the same for each. */
    @ParameterizedTest
    @CsvSource(delimiter = ';', quoteCharacter = '^', value = {
        "'where':{'dimension':'d','in':[]}; would take no row",
        "'where':{'dimension':'d','not_in':[]}; would take every row that has the dimension",
        "'where':{'and':[]}; would take every row",
        "'where':{'or':[]}; would take no row",
        "'where':{'dimension':'d','eq':[]}; one value",
        "'where':{'dimension':'d','contains':[]}; one value",
        "'where':{'metric':'m','lt':[]}; a number"})
    void saysWhatAnEmptyListWouldSelect(final String members, final String hint) {
        final Problem refusal = refusal(members);
        assertEquals("invalid_where", refusal.code().text());
        assertTrue(refusal.detail().contains(hint), refusal.detail());
    }

    @Test
    void refusesWhatIsTooDeepOrTooMuch() {
        final String leaf = "{'metric':'m','is_null':true}";
        final String deep = "{'not':".repeat(WhereJson.MAX_DEPTH) + leaf + "}".repeat(WhereJson.MAX_DEPTH);
        assertEquals("invalid_where", refusal("'where':" + deep).code().text());
        final String wide = "{'or':[" + (leaf + ',').repeat(WhereJson.MAX_NODES) + leaf + "]}";
        assertEquals("invalid_where", refusal("'where':" + wide).code().text());
    }

    @Test
    void readsAggregates() {
        final LogicalPlan plan = with("'metric':'price','aggregate':'avg','aggregates':{'n':{'count':true},'p50':{'quantile':'price',"
            + "'rank':0.5},'p99':{'rank':0.99,'quantile':'price'},'who':{'distinct':'customer'},'top':{'top':'page','k':3},"
            + "'first':{'top':'page'},'sd':{'stddev':'qty'},'speed':{'rate':'qty'}},'order_by':['-p99','who']");
        assertEquals(List.of(AggregateTerm.of("n", Aggregate.COUNT, null), new AggregateTerm("p50", Aggregate.QUANTILE, "price", 0.5, 0),
            new AggregateTerm("p99", Aggregate.QUANTILE, "price", 0.99, 0), AggregateTerm.of("who", Aggregate.DISTINCT, "customer"),
            new AggregateTerm("top", Aggregate.TOP, "page", 0, 3), new AggregateTerm("first", Aggregate.TOP, "page", 0, 10),
            AggregateTerm.of("sd", Aggregate.STDDEV, "qty"), AggregateTerm.of("speed", Aggregate.RATE, "qty")), plan.selection().terms());
        assertEquals(Map.of("price", new MetricWish(true, false), "qty", new MetricWish(false, true)), plan.selection().metrics());
        assertEquals(List.of("price", "qty"), List.copyOf(plan.selection().metrics().keySet()), "the main metric is the first");
        assertEquals(List.of(new SketchTerm(Aggregate.QUANTILE, "price", 0), new SketchTerm(Aggregate.DISTINCT, "customer", 0),
            new SketchTerm(Aggregate.TOP, "page", 3), new SketchTerm(Aggregate.TOP, "page", 10)), plan.selection().sketches(),
            "quantiles of a metric share a sketch");
        assertEquals(List.of(new OrderTerm(OrderTerm.Key.AGGREGATE, 2, true), new OrderTerm(OrderTerm.Key.AGGREGATE, 3, false)),
            plan.order());
    }
}
