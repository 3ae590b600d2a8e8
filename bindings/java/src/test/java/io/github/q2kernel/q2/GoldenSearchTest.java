package io.github.q2kernel.q2;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every ranking of testdata/golden-search: each pair, one query and all codes, the nearest of one query and of two. */
class GoldenSearchTest {
    private final ByteBuffer file;

    GoldenSearchTest() throws IOException {
        file = ByteBuffer.wrap(Files.readAllBytes(Path.of("../../testdata/golden-search/golden.q2gs"))).order(ByteOrder.LITTLE_ENDIAN);
    }

    @AfterEach
    void best() {
        Q2.forceIsa(null);
    }

    private byte[] bytes(int length) {
        byte[] bytes = new byte[length];
        file.get(bytes);
        return bytes;
    }

    private int[] ints(int count) {
        int[] ints = new int[count];
        for (int i = 0; i < count; i++) ints[i] = file.getInt();
        return ints;
    }

    private float[] floats(int count) {
        float[] floats = new float[count];
        for (int i = 0; i < count; i++) floats[i] = file.getFloat();
        return floats;
    }

    private static byte[] code(byte[] codes, int i, int n) {
        int width = Q2.packedLength(n);
        return Arrays.copyOfRange(codes, i * width, (i + 1) * width);
    }

    private static ByteBuffer twice(byte[] query) {
        return ByteBuffer.allocateDirect(2 * query.length).put(query).put(query).flip();
    }

    private interface Distances {
        int one(byte[] code);
    }

    private interface Scores {
        float one(byte[] code);
    }

    private static List<Neighbour> near(int[] distances, int[] ids) {
        List<Neighbour> list = new ArrayList<>();
        for (int id : ids) list.add(new Neighbour(id, distances[id]));
        return list;
    }

    private static List<Scored> near(float[] scores, int[] ids) {
        List<Scored> list = new ArrayList<>();
        for (int id : ids) list.add(new Scored(id, scores[id]));
        return list;
    }

    private static void checkPairs(int[] want, byte[] codes, int n, Distances of) {
        for (int i = 0; i < want.length; i++) assertEquals(want[i], of.one(code(codes, i, n)));
    }

    private static void checkPairs(float[] want, byte[] codes, int n, Scores of) {
        for (int i = 0; i < want.length; i++) assertEquals(Float.floatToRawIntBits(want[i]), Float.floatToRawIntBits(of.one(code(codes, i, n))));
    }

    private void checkCase(int n, int count, int k, boolean refused) {
        float[] vector = floats(n);
        byte[] query = bytes(n);
        byte[] code = bytes(Q2.packedLength(n));
        byte[] stored = bytes(count * Q2.packedLength(n));
        ByteBuffer codes = ByteBuffer.wrap(stored);
        if (refused) assertThrows(NotFiniteException.class, () -> Rankings.dotQuery(vector));
        else assertArrayEquals(query, Rankings.dotQuery(vector));

        int[] lee = ints(count);
        List<Neighbour> leeNear = near(lee, ints(Math.min(k, count)));
        checkPairs(lee, stored, n, c -> Q2.leeDistance(code, c, n));
        assertArrayEquals(lee, Q2.leeDistances(code, codes, n));
        assertEquals(leeNear, Q2.nearest(code, codes, n, k));
        assertEquals(List.of(leeNear, leeNear), Q2.nearestMany(twice(code), codes, n, k));

        int[] l1 = ints(count);
        List<Neighbour> l1Near = near(l1, ints(Math.min(k, count)));
        checkPairs(l1, stored, n, c -> Rankings.l1Distance(code, c, n));
        assertArrayEquals(l1, Rankings.l1Distances(code, codes, n));
        assertEquals(l1Near, Rankings.l1Nearest(code, codes, n, k));
        assertEquals(List.of(l1Near, l1Near), Rankings.l1NearestMany(twice(code), codes, n, k));

        float[] codeDot = floats(count);
        List<Scored> codeDotNear = near(codeDot, ints(Math.min(k, count)));
        checkPairs(codeDot, stored, n, c -> Rankings.codeDot(code, c, n));
        assertArrayEquals(codeDot, Rankings.codeDotScores(code, codes, n));
        assertEquals(codeDotNear, Rankings.codeDotNearest(code, codes, n, k));
        assertEquals(List.of(codeDotNear, codeDotNear), Rankings.codeDotNearestMany(twice(code), codes, n, k));

        float[] dot = floats(count);
        List<Scored> dotNear = near(dot, ints(Math.min(k, count)));
        checkPairs(dot, stored, n, c -> Rankings.dot(query, c, n));
        assertArrayEquals(dot, Rankings.dotScores(query, codes, n));
        assertEquals(dotNear, Rankings.dotNearest(query, codes, n, k));
        assertEquals(List.of(dotNear, dotNear), Rankings.dotNearestMany(twice(query), codes, n, k));
    }

    @ParameterizedTest
    @MethodSource("io.github.q2kernel.q2.Golden#isas")
    void onEvery(String isa) {
        Q2.forceIsa(isa);
        file.position(0);
        assertArrayEquals("Q2GS".getBytes(java.nio.charset.StandardCharsets.US_ASCII), bytes(4));
        int cases = ints(3)[1];
        for (int i = 0; i < cases; i++) {
            int[] header = ints(4);
            checkCase(header[0], header[1], header[2], header[3] == 1);
            file.position((file.position() + 7) / 8 * 8);
        }
        assertEquals(202, cases);
        assertEquals(0, file.remaining());
    }
}
