package io.github.q2kernel.q2;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Against what the specification says, computed here in the slow way. */
class CodesTest {
    private static final int N = 22;
    private static final int WIDTH = 6;
    private final Random random = new Random(1);

    @AfterEach
    void best() {
        Q2.forceIsa(null);
    }

    private byte[] randomBytes(int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    private static int symbol(byte[] code, int d) {
        return new int[] {0, 1, 3, 2}[code[d / 4] >> 6 - 2 * (d % 4) & 3]; // Gray 00, 01, 11, 10 are A, B, C, D
    }

    private static int lee(byte[] a, byte[] b, int n) {
        return IntStream.range(0, n).map(d -> Math.abs(symbol(a, d) - symbol(b, d))).map(x -> Math.min(x, 4 - x)).sum();
    }

    @Test
    void codesKeysAndTheirText() {
        Fingerprint got = Q2.quantise(new float[] {3, 0.1f, -0.1f, -3, 3, 3, -0.2f, 0.2f});
        assertArrayEquals(new byte[] {(byte) 0xb4, (byte) 0xa7}, got.packed());
        assertEquals(new TransitionKey(0xe4d8000000000000L, 7), got.key());
        assertEquals(8, got.n());
        assertEquals("e4d8000000000000", got.key().hex());
        assertEquals("e4d8000000000000", got.key().toString());
        assertEquals("DCBADBC", got.key().symbols());
        assertEquals("TCAGTAC", got.key().bases());
        assertEquals("A".repeat(32), new TransitionKey(0, 1000).symbols());
        assertEquals(0xe4d8000000000000L, TransitionKey.bitsFromHex("e4d8000000000000"));
        assertTrue(new TransitionKey(-1, 1).compareTo(new TransitionKey(1, 1)) > 0, "keys are unsigned");
    }

    @Test
    void theLastRow() {
        assertArrayEquals(new byte[] {(byte) 0b10_11_01_00}, Q2.quantise(Tensor.of(new float[] {9, 9, 9, 9, 4, 1, -1, -4}, 4)).packed());
    }

    @Test
    void rowsWithStrides() {
        ByteBuffer out = ByteBuffer.allocate(8);
        Arrays.fill(out.array(), (byte) 0xaa);
        float[] rows = {4, 1, -1, -4, 7, 7, 7, -4, -1, 1, 4};
        RowResults got = Q2.quantiseRows(Tensor.of(rows, 4), 28, out.position(1), 3);
        byte pad = (byte) 0xaa;
        assertArrayEquals(new byte[] {pad, (byte) 0b10_11_01_00, pad, pad, 0b00_01_11_10, pad, pad, pad}, out.array());
        assertEquals(List.of("e400000000000000", "1b00000000000000"), List.of(got.key(0).hex(), got.key(1).hex()));
        assertArrayEquals(new int[] {4, 4}, got.transitions());
        assertEquals(0, got.refused().length);
    }

    @Test
    void rowsAreTheSameAsOneByOne() {
        int n = 384;
        float[] rows = new float[3000 * n]; // more than one piece
        for (int i = 0; i < rows.length; i++) rows[i] = (float) random.nextGaussian();
        RowResults got = Q2.quantiseRows(Tensor.of(rows, n));
        for (int i = 0; i < 3000; i += 7) {
            Fingerprint one = Q2.quantise(Arrays.copyOfRange(rows, i * n, (i + 1) * n));
            assertEquals(one.key(), got.key(i));
            assertArrayEquals(one.packed(), Arrays.copyOfRange(got.packed().array(), i * 96, (i + 1) * 96));
        }
    }

    @ParameterizedTest
    @MethodSource("io.github.q2kernel.q2.Golden#isas")
    void distancesAndNearestCodes(String isa) {
        Q2.forceIsa(isa);
        byte[] query = randomBytes(WIDTH);
        byte[] codes = randomBytes(40 * WIDTH);
        int[] want = IntStream.range(0, 40).map(i -> lee(query, Arrays.copyOfRange(codes, i * WIDTH, (i + 1) * WIDTH), N)).toArray();
        assertEquals(want[3], Q2.leeDistance(query, Arrays.copyOfRange(codes, 3 * WIDTH, 4 * WIDTH), N));
        assertArrayEquals(want, Q2.leeDistances(query, ByteBuffer.wrap(codes), N));
        List<Neighbour> order = IntStream.range(0, 40).mapToObj(i -> new Neighbour(i, want[i]))
                .sorted(Comparator.comparingInt(Neighbour::distance).thenComparingLong(Neighbour::id)).toList();
        assertEquals(order.subList(0, 7), Q2.nearest(query, ByteBuffer.wrap(codes), N, 7));
        assertEquals(order, Q2.nearest(query, ByteBuffer.wrap(codes), N, 100));
        ByteBuffer queries = ByteBuffer.allocateDirect(2 * WIDTH).put(codes, 30, WIDTH).put(query).flip();
        List<List<Neighbour>> many = Q2.nearestMany(queries, ByteBuffer.wrap(codes), N, 3);
        assertEquals(2, many.size());
        assertEquals(0, many.get(0).get(0).distance());
        assertEquals(order.subList(0, 3), many.get(1));
    }

    @Test
    void noCodes() {
        ByteBuffer none = ByteBuffer.allocate(0);
        assertEquals(List.of(), Q2.nearest(new byte[2], none, 8, 3));
        assertEquals(List.of(), Q2.nearestMany(none, ByteBuffer.allocate(2), 8, 3));
        assertEquals(0, Q2.leeDistances(new byte[2], none, 8).length);
        assertEquals(0, Q2.quantiseRows(Tensor.of(new float[0], 4)).count());
    }

    /** Threads that hold arrays, and allocate, so that the collector runs between. */
    @Test
    void threadsGetTheSameBytes() {
        int n = 1024;
        Random random = new Random(3);
        float[] rows = new float[200 * n];
        for (int i = 0; i < rows.length; i++) rows[i] = (float) random.nextGaussian();
        RowResults want = Q2.quantiseRows(Tensor.of(rows, n));
        IntStream.range(0, 64).parallel().forEach(i -> {
            RowResults got = Q2.quantiseRows(Tensor.of(rows.clone(), n));
            assertArrayEquals(want.packed().array(), got.packed().array());
            assertArrayEquals(want.keys(), got.keys());
            byte[] code = Arrays.copyOf(got.packed().array(), n / 4);
            assertEquals(new Neighbour(0, 0), Q2.nearest(code, got.packed(), n, 1).get(0));
        });
    }
}
