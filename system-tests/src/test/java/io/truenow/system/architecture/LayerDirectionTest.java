package io.truenow.system.architecture;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

import java.util.List;
import java.util.stream.Stream;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

/** The modules depend downwards only (docs/design.md, 3), and the packages inside a module do not depend on each other in a circle. */
class LayerDirectionTest {
    private static final List<String> MODULES = List.of(
        "fabric", "driver", "format", "client", "control", "gateway", "engine", "hottier", "query", "perf", "tools");

    private static JavaClasses classes;

    @BeforeAll
    static void importClasses() {
        classes = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.truenow");
    }

    @Test
    void modulesDependDownwardsOnly() {
        layeredArchitecture().consideringOnlyDependenciesInLayers()
            .layer("tools").definedBy("io.truenow.tools..")
            .layer("perf").definedBy("io.truenow.perf..")
            .layer("gateway").definedBy("io.truenow.gateway..")
            .layer("query-node").definedBy("io.truenow.query..")
            .layer("hot-tier-node").definedBy("io.truenow.hottier..")
            .layer("engine").definedBy("io.truenow.engine..")
            .layer("control").definedBy("io.truenow.control..")
            .layer("format").definedBy("io.truenow.format..")
            .layer("client").definedBy("io.truenow.client..")
            .layer("media-driver").definedBy("io.truenow.driver..")
            .layer("fabric").definedBy("io.truenow.fabric..")
            .layer("codecs").definedBy("io.truenow.codecs..")
            .whereLayer("tools").mayNotBeAccessedByAnyLayer()
            .whereLayer("perf").mayOnlyBeAccessedByLayers("tools")
            .whereLayer("gateway").mayOnlyBeAccessedByLayers("tools", "perf")
            .whereLayer("query-node").mayOnlyBeAccessedByLayers("tools", "perf")
            .whereLayer("hot-tier-node").mayOnlyBeAccessedByLayers("tools", "perf")
            .whereLayer("control").mayOnlyBeAccessedByLayers("tools", "perf")
            .whereLayer("client").mayOnlyBeAccessedByLayers("tools", "perf")
            .whereLayer("engine").mayOnlyBeAccessedByLayers("tools", "perf", "hot-tier-node")
            .whereLayer("engine").mayOnlyAccessLayers("format", "fabric", "codecs")
            .whereLayer("format").mayOnlyAccessLayers("fabric", "codecs")
            .whereLayer("media-driver").mayOnlyAccessLayers("fabric", "codecs")
            .whereLayer("fabric").mayOnlyAccessLayers("codecs")
            .whereLayer("codecs").mayNotAccessAnyLayer()
            .check(classes);
    }

    /** What the engine, the ingest core and control's state must not know, so that they can be used and tested without it. */
    @TestFactory
    Stream<DynamicTest> coresKnowNoTransport() {
        return Stream.of(
            unknownTo("io.truenow.gateway.ingest..", "io.truenow.gateway.edge..", "io.truenow.gateway.publish..", "io.truenow.fabric.http",
                "io.truenow.fabric.http.route..", "io.truenow.fabric.http.serve..",
                "io.netty.channel..", "io.netty.handler..", "io.aeron.."),
            unknownTo("io.truenow.gateway.edge.rest..", "io.truenow.gateway.edge.aeron..", "io.aeron.."),
            unknownTo("io.truenow.gateway.edge.aeron..", "io.truenow.gateway.edge.rest..", "io.netty.channel..", "io.truenow.fabric.http",
                "io.truenow.fabric.http.route..", "io.truenow.fabric.http.serve.."),
            unknownTo("io.truenow.control.state..", "io.aeron..", "io.netty..", "io.truenow.fabric.http..", "io.truenow.fabric.time.."),
            unknownTo("io.truenow.query.plan..", "io.netty..", "io.truenow.fabric.http..", "io.aeron.."),
            unknownTo("io.truenow.query.merge..", "io.netty..", "io.truenow.fabric.http..", "io.aeron..", "io.truenow.query.answer.."),
            unknownTo("io.truenow.query.scatter..", "io.netty..", "io.truenow.fabric.http..", "io.truenow.query.rest.."),
            unknownTo("io.truenow.engine..", "io.aeron..", "io.netty..", "io.truenow.fabric.channel..", "io.truenow.fabric.control..",
                "io.truenow.fabric.catalog..", "io.truenow.fabric.http..", "io.truenow.fabric.service.."),
            unknownTo("io.truenow.engine.store..", "io.truenow.engine.scan.."));
    }

    private static DynamicTest unknownTo(final String packages, final String... others) {
        return DynamicTest.dynamicTest(packages, () ->
            noClasses().that().resideInAPackage(packages).should().dependOnClassesThat().resideInAnyPackage(others).check(classes));
    }

    @TestFactory
    Stream<DynamicTest> packagesOfAModuleFormNoCircle() {
        return MODULES.stream().map(module -> DynamicTest.dynamicTest(module, () ->
            slices().matching("io.truenow." + module + ".(**)").should().beFreeOfCycles().allowEmptyShould(true).check(classes)));
    }
}
