package io.github.q2kernel.q2;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

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

/** Against section 10 of the specification, computed here in the slow way. */
class RankingsTest {
    private static final int N = 22;
    private static final int WIDTH = 6;
    private static final int COUNT = 40;
    private final Random random = new Random(2);
    private final byte[] codes = new byte[COUNT * WIDTH];
    private final byte[] query = new byte[WIDTH];

    RankingsTest() {
        random.nextBytes(codes);
        random.nextBytes(query);
    }

    @AfterEach
    void best() {
        Q2.forceIsa(null);
    }

    private byte[] code(int i) {
        return Arrays.copyOfRange(codes, i * WIDTH, (i + 1) * WIDTH);
    }

    private static int symbol(byte[] code, int d) {
        return new int[] {0, 1, 3, 2}[code[d / 4] >> 6 - 2 * (d % 4) & 3];
    }

    private static int level(byte[] code, int d) {
        return new int[] {-4, -1, 1, 4}[symbol(code, d)];
    }

    private static int l1(byte[] a, byte[] b) {
        return IntStream.range(0, N).map(d -> Math.abs(symbol(a, d) - symbol(b, d))).sum();
    }

    private static float dot(byte[] query, byte[] code) {
        int sum = IntStream.range(0, N).map(d -> query[d] * level(code, d)).sum();
        long strong = IntStream.range(0, N).filter(d -> symbol(code, d) % 3 == 0).count();
        return (float) sum / (float) Math.sqrt((float) (N + 15 * strong));
    }

    private static byte[] levels(byte[] code) {
        byte[] levels = new byte[N];
        for (int d = 0; d < N; d++) levels[d] = (byte) level(code, d);
        return levels;
    }

    @ParameterizedTest
    @MethodSource("io.github.q2kernel.q2.Golden#isas")
    void l1OnEvery(String isa) {
        Q2.forceIsa(isa);
        int[] want = IntStream.range(0, COUNT).map(i -> l1(query, code(i))).toArray();
        assertEquals(want[3], Rankings.l1Distance(query, code(3), N));
        assertArrayEquals(want, Rankings.l1Distances(query, ByteBuffer.wrap(codes), N));
        List<Neighbour> order = IntStream.range(0, COUNT).mapToObj(i -> new Neighbour(i, want[i]))
                .sorted(Comparator.comparingInt(Neighbour::distance).thenComparingLong(Neighbour::id)).toList();
        assertEquals(order.subList(0, 7), Rankings.l1Nearest(query, ByteBuffer.wrap(codes), N, 7));
        ByteBuffer twice = ByteBuffer.allocateDirect(2 * WIDTH).put(query).put(query).flip();
        assertEquals(List.of(order, order), Rankings.l1NearestMany(twice, ByteBuffer.wrap(codes), N, 50));
    }

    @ParameterizedTest
    @MethodSource("io.github.q2kernel.q2.Golden#isas")
    void scoresOnEvery(String isa) {
        Q2.forceIsa(isa);
        byte[] vector = new byte[N];
        random.nextBytes(vector);
        Float[] dots = IntStream.range(0, COUNT).mapToObj(i -> dot(vector, code(i))).toArray(Float[]::new);
        Float[] codeDots = IntStream.range(0, COUNT).mapToObj(i -> dot(levels(query), code(i))).toArray(Float[]::new);
        ByteBuffer all = ByteBuffer.wrap(codes);
        assertEquals(dots[3], Rankings.dot(vector, code(3), N));
        assertEquals(codeDots[3], Rankings.codeDot(query, code(3), N));
        assertEquals(Arrays.toString(dots), Arrays.toString(Rankings.dotScores(vector, all, N)));
        assertEquals(Arrays.toString(codeDots), Arrays.toString(Rankings.codeDotScores(query, all, N)));
        assertEquals(order(dots).subList(0, 7), Rankings.dotNearest(vector, all, N, 7));
        assertEquals(order(codeDots).subList(0, 7), Rankings.codeDotNearest(query, all, N, 7));
        ByteBuffer vectors = ByteBuffer.allocate(2 * N).put(vector).put(vector).flip();
        assertEquals(List.of(order(dots), order(dots)), Rankings.dotNearestMany(vectors, all, N, 50));
        ByteBuffer queries = ByteBuffer.allocate(2 * WIDTH).put(query).put(query).flip();
        assertEquals(List.of(order(codeDots), order(codeDots)), Rankings.codeDotNearestMany(queries, all, N, 50));
    }

    private static List<Scored> order(Float[] scores) {
        return IntStream.range(0, COUNT).mapToObj(i -> new Scored(i, scores[i]))
                .sorted(Comparator.comparingDouble((Scored s) -> -s.score()).thenComparingLong(Scored::id)).toList();
    }

    @Test
    void queryVectors() {
        assertArrayEquals(new byte[] {127, -127, 64, 0}, Rankings.dotQuery(new float[] {2, -2, 1, 0})); // 63.5 goes to the even 64
        assertArrayEquals(new byte[3], Rankings.dotQuery(new float[3]));
        NotFiniteException e = assertThrows(NotFiniteException.class, () -> Rankings.dotQuery(new float[] {1, Float.NaN}));
        assertEquals("the query holds a NaN or an infinity", e.getMessage());
        assertThrows(IllegalArgumentException.class, () -> Rankings.dotQuery(new float[0]));
        IllegalArgumentException s = assertThrows(IllegalArgumentException.class, () -> Rankings.dot(new byte[8], new byte[3], 9));
        assertEquals("query has 8 bytes, must have at least 9", s.getMessage());
    }
}
