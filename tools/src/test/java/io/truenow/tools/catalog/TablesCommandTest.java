package io.truenow.tools.catalog;

import io.truenow.tools.CommandRun;
import io.truenow.tools.FakeService;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.util.List;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

class TablesCommandTest {
    private static final String ORDERS = "/v1/namespaces/shop/tables/orders";
    private final FakeService control = new FakeService();

    @AfterEach
    void stop() {
        control.close();
    }

    @Test
    void whatIsNotGivenIsNotSent() {
        control.answer(ORDERS, 200,
            "{\"namespace\":\"shop\",\"name\":\"orders\",\"id\":3,\"retention_us\":21600000000,\"dimensions\":[\"c\"]}");
        final CommandRun run = CommandRun.of("tables", "alter", "shop", "orders", "--retention", "6h", "--control", control.url());
        assertEquals(0, run.exitCode(), run.err());
        assertEquals(List.of("{\"retention_us\":21600000000}"), control.bodies());
        assertTrue(run.out().contains("shop.orders (id 3)") && run.out().contains("retention    6h"), run.out());
    }

    @Test
    void aTableIsDroppedOnlyIfThatIsMeant() {
        control.answer(ORDERS, 200, "{}");
        assertEquals(2, CommandRun.of("tables", "drop", "shop", "orders", "--control", control.url()).exitCode());
        assertEquals(List.of(), control.bodies());
        assertEquals(0, CommandRun.of("tables", "drop", "shop", "orders", "--yes", "--control", control.url()).exitCode());
        assertEquals(1, control.bodies().size());
    }

    @Test
    void whatControlRefusesIsToldInOneLine() {
        control.answer(ORDERS, 404, "{\"code\":\"unknown_table\",\"detail\":\"no such table\"}");
        final CommandRun run = CommandRun.of("tables", "show", "shop", "orders", "--control", control.url());
        assertEquals(1, run.exitCode());
        assertEquals("truenow: no such table (unknown_table)", run.err().strip());
        control.close();
        assertTrue(CommandRun.of("namespaces", "--control", control.url()).err().contains("control does not answer"));
    }
}
