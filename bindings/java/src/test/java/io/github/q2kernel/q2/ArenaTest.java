package io.github.q2kernel.q2;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Buffers over arenas of java.lang.foreign, by reflection: the tests are compiled for Java 17. The memory is large enough to be unmapped when its arena is closed. */
class ArenaTest {
    private static final int BYTES = 1 << 24;
    private static final int N = 384;

    @BeforeAll
    static void there() {
        Assumptions.assumeTrue(Runtime.version().feature() >= 22, "java.lang.foreign came with Java 22");
    }

    /** An arena that its own thread alone may use, and its memory as a buffer. */
    private record Confined(AutoCloseable arena, ByteBuffer buffer) {
        static Confined open() throws ReflectiveOperationException {
            Class<?> type = Class.forName("java.lang.foreign.Arena");
            Object arena = type.getMethod("ofConfined").invoke(null);
            Object segment = type.getMethod("allocate", long.class).invoke(arena, (long) BYTES);
            ByteBuffer buffer = (ByteBuffer) Class.forName("java.lang.foreign.MemorySegment").getMethod("asByteBuffer").invoke(segment);
            return new Confined((AutoCloseable) arena, buffer.order(ByteOrder.nativeOrder()).putFloat(0, 1));
        }
    }

    @Test
    void aClosedArena() throws Exception {
        Confined memory = Confined.open();
        Tensor bytes = Tensor.of(Dtype.FP32, memory.buffer().slice(0, 4 * N), N);
        FloatBuffer floats = memory.buffer().asFloatBuffer();
        Tensor rows = Tensor.of(floats.slice(0, 2 * N), N);
        ByteBuffer out = memory.buffer().slice(BYTES / 2, N / 4);
        Q2.quantise(bytes, out);
        assertEquals(2, Q2.quantiseRows(rows).count());
        memory.arena().close();
        byte[] code = new byte[N / 4];
        for (Executable call : new Executable[] {
            () -> Q2.quantise(bytes),
            () -> Q2.quantiseRows(rows),
            () -> Q2.quantise(Tensor.of(new float[N]), out),
            () -> Q2.leeDistances(code, out, N),
            () -> Q2.nearest(code, out, N, 1),
            () -> Rankings.l1NearestMany(out, ByteBuffer.wrap(code), N, 1),
        }) assertEquals("Already closed", assertThrows(IllegalStateException.class, call).getMessage());
    }

    @Test
    void anotherThreadsArena() throws Exception {
        Confined memory = Confined.open();
        Tensor row = Tensor.of(Dtype.FP32, memory.buffer().slice(0, 4 * N), N);
        Throwable[] thrown = new Throwable[1];
        Thread other = new Thread(() -> thrown[0] = assertThrows(RuntimeException.class, () -> Q2.quantise(row)));
        other.start();
        other.join();
        assertEquals("java.lang.WrongThreadException", thrown[0].getClass().getName());
        memory.arena().close();
    }

    /** A limit that is set later is not the tensor's. */
    @Test
    void aLimitThatMoved() throws Exception {
        Confined memory = Confined.open();
        ByteBuffer buffer = memory.buffer().position(64).limit(64 + 4 * N);
        Tensor row = Tensor.of(Dtype.FP32, buffer, N);
        TransitionKey key = Q2.quantise(row).key();
        buffer.position(0).limit(1);
        assertEquals(key, Q2.quantise(row).key());
        memory.arena().close();
    }
}
