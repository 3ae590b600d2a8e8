package io.github.q2kernel.q2;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.ReadOnlyBufferException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ErrorsTest {
    private static final float[] ROW = {1, -2, 3, -4};

    private static void refused(String message, Executable call) {
        assertEquals(message, assertThrows(IllegalArgumentException.class, call).getMessage());
    }

    @Test
    void aWrongElementType() {
        refused("dtype is FP32, must be FP16 or BF16 for a short[]", () -> Tensor.of(Dtype.FP32, new short[4], 4));
        assertThrows(NullPointerException.class, () -> Tensor.of(null, new byte[4], 4));
        assertThrows(NullPointerException.class, () -> Q2.quantise((float[]) null));
        refused("n is 3, must be even for q4", () -> Tensor.of(Dtype.Q4, new byte[2], 3));
        ByteOrder other = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
        refused("rows is a BIG_ENDIAN buffer, must be in the machine's order, LITTLE_ENDIAN",
                () -> Tensor.of(ByteBuffer.allocateDirect(16).order(other).asFloatBuffer(), 4));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, (1 << 20) + 1, Integer.MAX_VALUE, Integer.MIN_VALUE})
    void nOutOfItsLimits(int n) {
        String message = "n is " + n + ", must be from 1 to 1048576";
        refused(message, () -> Tensor.of(ROW, n));
        refused(message, () -> Q2.key(new byte[1], n));
        refused(message, () -> Q2.leeDistance(new byte[1], new byte[1], n));
        refused(message, () -> Q2.packedLength(n));
    }

    @Test
    void theLargestRow() {
        float[] row = new float[Q2.MAX_DIM];
        row[0] = 1;
        assertEquals(Q2.MAX_DIM / 4, Q2.quantise(row).packed().length);
        refused("n is 1048577, must be from 1 to 1048576", () -> Q2.quantise(new float[Q2.MAX_DIM + 1]));
    }

    @Test
    void noRowsAndPartsOfRows() {
        refused("the tensor has 0 rows, must have at least 1", () -> Q2.quantise(Tensor.of(new float[0], 4)));
        refused("n is 0, must be from 1 to 1048576", () -> Q2.quantise(new float[0]));
        refused("the tensor has 16 bytes, must have a multiple of 12 for n = 3 and FP32", () -> Q2.quantise(Tensor.of(ROW, 3)));
        refused("packed has 1 bytes, must have at least 2", () -> Q2.key(new byte[1], 5));
        refused("b has 1 bytes, must have at least 2", () -> Q2.leeDistance(new byte[2], new byte[1], 8));
        refused("codes has 3 bytes, must have a multiple of 2", () -> Q2.leeDistances(new byte[2], ByteBuffer.allocate(3), 8));
    }

    @Test
    void stridesBelowARow() {
        refused("rowStride is 4, must be at least 8", () -> Q2.quantiseRows(Tensor.of(ROW, 2), 4, ByteBuffer.allocate(8), 1));
        refused("packedStride is 0, must be at least 1", () -> Q2.quantiseRows(Tensor.of(ROW, 2), 8, ByteBuffer.allocate(8), 0));
        refused("packed has room for 1 codes, must have for 2 (9223372036854775807 bytes apart)",
                () -> Q2.quantiseRows(Tensor.of(ROW, 2), 8, ByteBuffer.allocate(8), Long.MAX_VALUE));
    }

    @Test
    void anOutputThatIsTooShortStaysAsItWas() {
        byte[] out = {(byte) 0xaa};
        refused("packed has 1 bytes, must have at least 2", () -> Q2.quantise(Tensor.of(new float[] {1, 2, 3, 4, 5, 6, 7, 8}), out));
        refused("packed has room for 1 codes, must have for 2 (1 bytes apart)", () -> Q2.quantiseRows(Tensor.of(ROW, 2), 8, ByteBuffer.wrap(out), 1));
        assertArrayEquals(new byte[] {(byte) 0xaa}, out);
    }

    @Test
    void aReadOnlyOutput() {
        ByteBuffer direct = ByteBuffer.allocateDirect(4);
        assertThrows(ReadOnlyBufferException.class, () -> Q2.quantise(Tensor.of(ROW), direct.asReadOnlyBuffer()));
        assertThrows(ReadOnlyBufferException.class, () -> Q2.quantiseRows(Tensor.of(ROW), 16, direct.asReadOnlyBuffer(), 1));
        assertEquals(0, direct.get(0));
    }

    @Test
    void aReadOnlyInput() {
        byte[] want = Q2.quantise(ROW).packed();
        ByteBuffer direct = ByteBuffer.allocateDirect(16).order(ByteOrder.nativeOrder());
        direct.asFloatBuffer().put(ROW);
        assertArrayEquals(want, Q2.quantise(Tensor.of(Dtype.FP32, direct.asReadOnlyBuffer(), 4)).packed());
        refused("rows is a read-only heap buffer, which hides its array: a direct buffer, or one that wraps an array, is needed",
                () -> Tensor.of(Dtype.FP32, ByteBuffer.allocate(16).asReadOnlyBuffer(), 4));
        refused("rows is a view of a heap buffer, which hides its array: a direct buffer, or one that wraps an array, is needed",
                () -> Tensor.of(ByteBuffer.allocate(16).order(ByteOrder.nativeOrder()).asFloatBuffer(), 4));
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY, 3e38f})
    void aRowThatIsNotFinite(float bad) {
        byte[] out = {(byte) 0xaa};
        Q2Exception e = assertThrows(NotFiniteException.class, () -> Q2.quantise(Tensor.of(new float[] {1, bad, 1, 1}), out));
        assertEquals("the row has no finite norm: a NaN or an infinity among its elements, or squares that overflow", e.getMessage());
        assertArrayEquals(new byte[] {(byte) 0xaa}, out, "a refused row writes nothing");
    }

    @Test
    void rowsOfWhichSomeAreNotFinite() {
        float[] rows = {4, 1, -1, -4, 1, Float.NaN, 1, 1, 4, 1, -1, -4, Float.POSITIVE_INFINITY, 1, 1, 1};
        RefusedRowsException e = assertThrows(RefusedRowsException.class, () -> Q2.quantiseRows(Tensor.of(rows, 4)));
        assertTrue(e.getMessage().startsWith("2 of 4 rows refused, first row 1: a NaN"), e.getMessage());
        assertArrayEquals(new int[] {1, 3}, e.results().refused());
        assertArrayEquals(new byte[] {0, 3, 0, 3}, e.results().rowStatus());
        assertArrayEquals(new byte[] {(byte) 0b10_11_01_00, 0, (byte) 0b10_11_01_00, 0}, e.results().packed().array());
        assertEquals(new TransitionKey(0, 0), e.results().key(1));
    }

    /** A refused row in one piece of many does not hide behind later pieces. */
    @Test
    void aRefusedRowInTheFirstPiece() {
        float[] rows = new float[3 << 18];
        rows[5] = Float.NaN;
        RefusedRowsException e = assertThrows(RefusedRowsException.class, () -> Q2.quantiseRows(Tensor.of(rows, 1 << 10)));
        assertArrayEquals(new int[] {0}, e.results().refused());
    }

    @Test
    void instructionSets() {
        String before = Q2.isa();
        refused("name is \"sse9\", must be scalar, avx2, avx512 or neon", () -> Q2.forceIsa("sse9"));
        String absent = System.getProperty("os.arch").equals("aarch64") ? "avx2" : "neon";
        assertThrows(UnsupportedIsaException.class, () -> Q2.forceIsa(absent));
        assertEquals(before, Q2.isa());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, 4097})
    void kOutOfItsLimits(int k) {
        String message = "k is " + k + ", must be from 1 to 4096";
        refused(message, () -> Q2.nearest(new byte[2], ByteBuffer.allocate(2), 8, k));
        refused(message, () -> Q2.nearestMany(ByteBuffer.allocate(2), ByteBuffer.allocate(2), 8, k));
    }

    @Test
    void aTextThatIsNoKey() {
        refused("text is \"E4\", must be 16 lower-case hex digits", () -> TransitionKey.bitsFromHex("E4"));
    }
}
