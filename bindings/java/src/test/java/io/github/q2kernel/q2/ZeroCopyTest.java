package io.github.q2kernel.q2;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Runs over a library that flips the first byte of every memory it is given (testdata/marks/marks.c), inputs too. Inputs that were copied would come back
 * without the flip: their release discards a copy.
 */
class ZeroCopyTest {
    @Test
    void thisIsTheLibraryThatLeavesMarks() {
        assertEquals("marks", Q2.version());
    }

    private static byte[] flipped(int length, int at) {
        byte[] bytes = new byte[length];
        bytes[at] = (byte) 0xff;
        return bytes;
    }

    private static byte[] bytes(float[] floats) {
        ByteBuffer bytes = ByteBuffer.allocate(4 * floats.length).order(ByteOrder.nativeOrder());
        for (float f : floats) bytes.putInt(Float.floatToRawIntBits(f));
        return bytes.array();
    }

    private static byte[] bytes(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.capacity()];
        buffer.duplicate().clear().get(bytes);
        return bytes;
    }

    @ParameterizedTest
    @ValueSource(ints = {8, 384, 4096, 1 << 20})
    void floatArray(int n) {
        float[] row = new float[n];
        byte[] packed = new byte[n / 4];
        Q2.quantise(Tensor.of(row), packed);
        assertArrayEquals(flipped(4 * n, 0), bytes(row), "libq2 was given a copy");
        assertArrayEquals(flipped(n / 4, 0), packed);

        float[] part = new float[n + 5];
        Q2.quantise(Tensor.of(FloatBuffer.wrap(part, 3, n), n));
        assertArrayEquals(flipped(4 * n + 20, 12), bytes(part), "libq2 was given a copy, or another place");
    }

    @ParameterizedTest
    @ValueSource(ints = {8, 384, 4096})
    void directBuffer(int n) {
        ByteBuffer row = ByteBuffer.allocateDirect(4 * n + 7).order(ByteOrder.nativeOrder()).position(7);
        ByteBuffer packed = ByteBuffer.allocateDirect(n / 4 + 2).position(1);
        Q2.quantise(Tensor.of(Dtype.FP32, row, n), packed);
        assertArrayEquals(flipped(4 * n + 7, 7), bytes(row));
        assertArrayEquals(flipped(n / 4 + 2, 1), bytes(packed));
        assertEquals(7, row.position());
        assertEquals(1, packed.position());

        ByteBuffer floats = ByteBuffer.allocateDirect(4 * n + 8).order(ByteOrder.nativeOrder());
        Q2.quantise(Tensor.of(floats.asFloatBuffer().position(2), n));
        assertArrayEquals(flipped(4 * n + 8, 8), bytes(floats));
    }

    @Test
    void otherArrays() {
        byte[] q8 = new byte[64];
        Q2.quantise(Tensor.of(Dtype.Q8, q8, 64));
        assertArrayEquals(flipped(64, 0), q8);
        short[] bf16 = new short[64];
        Q2.quantise(Tensor.of(Dtype.BF16, bf16, 64));
        short[] want = new short[64];
        want[0] = 0xff;
        assertArrayEquals(want, bf16);
    }

    @Test
    void rows() {
        float[] rows = new float[3 * 8];
        ByteBuffer packed = ByteBuffer.allocate(9).position(1);
        RowResults results = Q2.quantiseRows(Tensor.of(rows, 8), 32, packed, 3);
        assertArrayEquals(flipped(96, 0), bytes(rows));
        assertArrayEquals(flipped(9, 1), packed.array());
        assertArrayEquals(new long[] {0xff, 0, 0}, results.keys());
        assertArrayEquals(new int[] {0xff, 0, 0}, results.transitions());
        assertArrayEquals(new byte[] {(byte) 0xff, 0, 0}, results.rowStatus());
    }

    /** Rows go to libq2 in pieces of a MiB: each piece begins where it should. */
    @Test
    void manyRows() {
        int n = 1 << 16;
        float[] rows = new float[9 * n];
        RowResults results = Q2.quantiseRows(Tensor.of(rows, n));
        byte[] want = new byte[36 * n];
        byte[] codes = new byte[9 * n / 4];
        for (int first : new int[] {0, 4, 8}) {
            want[first * 4 * n] = (byte) 0xff;
            codes[first * n / 4] = (byte) 0xff;
        }
        assertArrayEquals(want, bytes(rows));
        assertArrayEquals(codes, results.packed().array());
        assertArrayEquals(new long[] {0xff, 0, 0, 0, 0xff, 0, 0, 0, 0xff}, results.keys());
    }

    @Test
    void codes() {
        byte[] code = new byte[2];
        Q2.key(code, 8);
        assertArrayEquals(flipped(2, 0), code);

        byte[] a = new byte[2];
        byte[] b = new byte[2];
        Q2.leeDistance(a, b, 8);
        assertArrayEquals(flipped(2, 0), a);
        assertArrayEquals(flipped(2, 0), b);

        byte[] query = new byte[2];
        ByteBuffer codes = ByteBuffer.allocateDirect(6);
        assertArrayEquals(new int[] {0xff, 0, 0}, Q2.leeDistances(query, codes, 8));
        assertArrayEquals(flipped(2, 0), query);
        assertArrayEquals(flipped(6, 0), bytes(codes));

        ByteBuffer array = ByteBuffer.allocate(7).position(1);
        Q2.nearest(new byte[2], array, 8, 2);
        assertArrayEquals(flipped(7, 1), array.array());
        ByteBuffer queries = ByteBuffer.allocate(4);
        Q2.nearestMany(queries, codes, 8, 2);
        assertArrayEquals(flipped(4, 0), queries.array());
        assertArrayEquals(new byte[6], bytes(codes), "flipped twice");
    }

    @Test
    void rankings() {
        float[] vector = new float[8];
        byte[] query = Rankings.dotQuery(vector);
        assertArrayEquals(flipped(32, 0), bytes(vector));
        assertArrayEquals(flipped(8, 0), query);
        byte[] int8 = new byte[8];
        ByteBuffer codes = ByteBuffer.allocateDirect(6);
        Rankings.dotScores(int8, codes, 8);
        assertArrayEquals(flipped(8, 0), int8);
        assertArrayEquals(flipped(6, 0), bytes(codes));
        byte[] code = new byte[2];
        Rankings.l1Nearest(code, codes, 8, 1);
        assertArrayEquals(flipped(2, 0), code);
        Rankings.codeDotNearest(code, codes, 8, 1);
        assertArrayEquals(new byte[2], code);
    }
}
