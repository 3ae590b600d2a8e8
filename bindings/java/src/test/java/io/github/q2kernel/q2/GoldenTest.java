package io.github.q2kernel.q2;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class GoldenTest {
    @AfterEach
    void best() {
        Q2.forceIsa(null);
    }

    @ParameterizedTest
    @MethodSource("io.github.q2kernel.q2.Golden#isas")
    void goldenCases(String isa) {
        Q2.forceIsa(isa);
        assertEquals(isa, Q2.isa());
        int passed = 0;
        for (Golden c : Golden.cases()) {
            for (Tensor tensor : tensors(c)) check(c, tensor);
            passed++;
        }
        System.out.println(passed + " of 763 golden cases on " + isa);
        assertEquals(763, passed);
    }

    /** The input in each form in which a program might hold it. */
    private static List<Tensor> tensors(Golden c) {
        ByteBuffer direct = ByteBuffer.allocateDirect(c.input().length + 4).order(ByteOrder.LITTLE_ENDIAN);
        direct.position(3).put(c.input()).flip().position(3);
        List<Tensor> tensors = new ArrayList<>(List.of(Tensor.of(c.dtype(), c.input(), c.n()), Tensor.of(c.dtype(), direct, c.n())));
        ByteBuffer bytes = ByteBuffer.wrap(c.input()).order(ByteOrder.LITTLE_ENDIAN);
        switch (c.dtype()) {
            case FP32 -> {
                float[] floats = new float[c.input().length / 4];
                bytes.asFloatBuffer().get(floats);
                tensors.add(Tensor.of(floats, c.n()));
            }
            case FP16, BF16 -> {
                short[] shorts = new short[c.input().length / 2];
                bytes.asShortBuffer().get(shorts);
                tensors.add(Tensor.of(c.dtype(), shorts, c.n()));
            }
            default -> { }
        }
        return tensors;
    }

    private static void check(Golden c, Tensor tensor) {
        String name = "case " + c.index();
        byte[] packed = new byte[c.packed().length];
        if (c.refused()) {
            assertThrows(NotFiniteException.class, () -> Q2.quantise(tensor, packed), name);
            assertArrayEquals(new byte[packed.length], packed, name);
            return;
        }
        assertEquals(c.key(), Q2.quantise(tensor, packed), name);
        assertArrayEquals(c.packed(), packed, name);
        assertEquals(c.key(), Q2.key(packed, c.n()), name);
        assertEquals(new Fingerprint(packed, c.key(), c.n()), Q2.quantise(tensor), name);
    }
}
