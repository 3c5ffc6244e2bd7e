package io.truenow.tools.process;

import java.lang.reflect.Proxy;
import java.util.function.IntConsumer;

/**
 * Handlers of the operating system's signals. The class that has them, {@code sun.misc.Signal} of the module {@code jdk.unsupported}, is
 * one that the compiler warns of whatever it is told, so it is called by its name. Stateless.
 */
final class Signals {
    private Signals() {
    }

    /**
     * Has a handler called, on a thread of its own, with the signal's number whenever the signal comes. A signal that this process was
     * started to ignore stays ignored.
     *
     * @param name such as {@code TERM}.
     * @return false if the Java machine does not give the signal away.
     */
    static boolean handle(final String name, final IntConsumer handler) {
        try {
            final Class<?> signalType = Class.forName("sun.misc.Signal");
            final Class<?> handlerType = Class.forName("sun.misc.SignalHandler");
            final Class<?>[] types = {handlerType};
            final Object proxy = Proxy.newProxyInstance(Signals.class.getClassLoader(), types, (self, method, arguments) ->
                switch (method.getName()) {
                    case "handle" -> {
                        handler.accept((int)signalType.getMethod("getNumber").invoke(arguments[0]));
                        yield null;
                    }
                    case "equals" -> self == arguments[0];
                    case "hashCode" -> System.identityHashCode(self);
                    default -> "handler of " + name;
                });
            final Object signal = signalType.getConstructor(String.class).newInstance(name);
            signalType.getMethod("handle", signalType, handlerType).invoke(null, signal, proxy);
            return true;
        } catch (final ReflectiveOperationException e) {
            return false;
        }
    }
}
