package io.github.q2kernel.q2;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Nanoseconds of a call and of a row, hot, at n = 384 and 4096: medians of rounds that take turns. */
final class Bench {
    private static final int ROUNDS = 15;
    private static final long ROUND_NS = 20_000_000;
    private static final int BATCH = 1000;

    private record Case(String name, int rows, Runnable call) {}

    private Bench() {}

    private static double time(Runnable call, int times) {
        long began = System.nanoTime();
        for (int i = 0; i < times; i++) call.run();
        return (double) (System.nanoTime() - began) / times;
    }

    private static void measure(int n, List<Case> cases) {
        double[][] samples = new double[cases.size()][ROUNDS];
        for (Case c : cases) time(c.call, 20_000 / c.rows + 20);
        for (int round = -3; round < ROUNDS; round++) {
            for (int i = 0; i < cases.size(); i++) {
                Case c = cases.get(i);
                double once = time(c.call, 20_000 / c.rows + 20);
                double sample = time(c.call, (int) Math.max(1, ROUND_NS / once)) / c.rows;
                if (round >= 0) samples[i][round] = sample;
            }
        }
        for (int i = 0; i < cases.size(); i++) {
            Arrays.sort(samples[i]);
            System.out.printf("n = %-5d %-48s %8.1f  (%.1f to %.1f)%n", n, cases.get(i).name, samples[i][ROUNDS / 2], samples[i][0], samples[i][ROUNDS - 1]);
        }
    }

    private static List<Case> cases(int n) {
        Random random = new Random(1);
        float[] rows = new float[BATCH * n];
        for (int i = 0; i < rows.length; i++) rows[i] = (float) random.nextGaussian();
        float[] row = Arrays.copyOf(rows, n);
        ByteBuffer directRow = ByteBuffer.allocateDirect(4 * n).order(ByteOrder.nativeOrder());
        directRow.asFloatBuffer().put(row);
        byte[] packed = new byte[n / 4];
        ByteBuffer directPacked = ByteBuffer.allocateDirect(n / 4);
        Tensor heap = Tensor.of(row);
        Tensor direct = Tensor.of(Dtype.FP32, directRow, n);
        Tensor batch = Tensor.of(rows, n);
        ByteBuffer codes = Q2.quantiseRows(batch).packed();
        byte[] query = Arrays.copyOf(codes.array(), n / 4);
        return new ArrayList<>(List.of(
                new Case("quantise(Tensor, byte[]), a float[]", 1, () -> Q2.quantise(heap, packed)),
                new Case("quantise(float[])", 1, () -> Q2.quantise(row)),
                new Case("quantise(Tensor, ByteBuffer), direct", 1, () -> Q2.quantise(direct, directPacked)),
                new Case("quantiseRows, " + BATCH + " rows of a float[], a row", BATCH, () -> Q2.quantiseRows(batch, 4L * n, codes, n / 4)),
                new Case("leeDistance(a, b)", 1, () -> Q2.leeDistance(query, packed, n)),
                new Case("leeDistances, " + BATCH + " codes, a code", BATCH, () -> Q2.leeDistances(query, codes, n)),
                new Case("nearest 10 of " + BATCH + ", a code", BATCH, () -> Q2.nearest(query, codes, n, 10))));
    }

    public static void main(String[] arguments) {
        System.out.printf("Java %s, %s, libq2 %s (%s); ns, median (least to greatest) of %d rounds%n", Runtime.version(), System.getProperty("os.arch"), Q2.version(), Q2.isa(), ROUNDS);
        for (int n : new int[] {384, 4096}) measure(n, cases(n));
    }
}
