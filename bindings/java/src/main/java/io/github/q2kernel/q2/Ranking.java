package io.github.q2kernel.q2;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/** What all rankings have in common, in the order in which q2_jni.c numbers them. Distances are ints, scores floats. */
enum Ranking {
    LEE,
    L1,
    CODE_DOT,
    DOT;

    /** A query of DOT is n int8, the others' are codes. */
    private int queryBytes(int n) {
        int code = Q2.packedLength(n);
        return this == DOT ? n : code;
    }

    private Memory query(byte[] query, int n, String what) {
        Memory m = Memory.of(query);
        m.requireBytes(queryBytes(n), what);
        return m;
    }

    /** One against one: the way of many, with one. */
    private void rankOne(byte[] a, byte[] b, int n, Object out) {
        Memory q = query(a, n, this == DOT ? "query" : "a");
        Memory m = Q2.code(b, n, this == DOT ? "code" : "b");
        Q2.require(Native.rank(ordinal(), q.base(), q.offset(), q.array(), m.base(), m.offset(), m.array(), Q2.packedLength(n), 1, n, out, 0));
    }

    int distance(byte[] a, byte[] b, int n) {
        int[] out = new int[1];
        rankOne(a, b, n, out);
        return out[0];
    }

    float score(byte[] a, byte[] b, int n) {
        float[] out = new float[1];
        rankOne(a, b, n, out);
        return out[0];
    }

    int[] distances(byte[] query, ByteBuffer codes, int n) {
        return rankAll(query, codes, n, int[]::new);
    }

    float[] scores(byte[] query, ByteBuffer codes, int n) {
        return rankAll(query, codes, n, float[]::new);
    }

    private <T> T rankAll(byte[] query, ByteBuffer codes, int n, IntFunction<T> array) {
        Memory q = query(query, n, "query");
        Memory m = Memory.of(codes, "codes");
        int stride = Q2.packedLength(n);
        long length = Q2.wholeCodes(m, stride, "codes");
        T out = array.apply((int) length);
        long piece = Math.max(1, Q2.PIECE_BYTES / stride);
        for (long first = 0; first < length; first += piece) {
            long count = Math.min(piece, length - first);
            Q2.require(Native.rank(ordinal(), q.base(), q.offset(), q.array(), m.base(), m.offset() + first * stride, m.array(), stride, count, n, out, (int) first));
        }
        return out;
    }

    List<Neighbour> nearestDistances(byte[] query, ByteBuffer codes, int n, int k) {
        int[] distances = new int[Q2.checkNearest(k)];
        return search(single(query, n), 1, codes, n, k, distances, (id, i) -> new Neighbour(id, distances[i])).get(0);
    }

    List<List<Neighbour>> nearestDistancesMany(ByteBuffer queries, ByteBuffer codes, int n, int k) {
        Memory m = Memory.of(queries, "queries");
        int count = queryCount(m, n, k);
        int[] distances = new int[count * k];
        return search(m, count, codes, n, k, distances, (id, i) -> new Neighbour(id, distances[i]));
    }

    List<Scored> nearestScores(byte[] query, ByteBuffer codes, int n, int k) {
        float[] scores = new float[Q2.checkNearest(k)];
        return search(single(query, n), 1, codes, n, k, scores, (id, i) -> new Scored(id, scores[i])).get(0);
    }

    List<List<Scored>> nearestScoresMany(ByteBuffer queries, ByteBuffer codes, int n, int k) {
        Memory m = Memory.of(queries, "queries");
        int count = queryCount(m, n, k);
        float[] scores = new float[count * k];
        return search(m, count, codes, n, k, scores, (id, i) -> new Scored(id, scores[i]));
    }

    private Memory single(byte[] query, int n) {
        Memory m = query(query, n, "query");
        return new Memory(m.base(), m.array(), m.offset(), queryBytes(n));
    }

    private int queryCount(Memory queries, int n, int k) {
        long count = Q2.wholeCodes(queries, queryBytes(n), "queries");
        int most = (1 << 28) / Q2.checkNearest(k);
        if (count > most) throw new IllegalArgumentException("there are " + count + " queries, must be at most " + most + " for k = " + k);
        return (int) count;
    }

    /** Makes a neighbour of an id and the place of its result. */
    private interface Found<T> {
        T at(long id, int place);
    }

    private <T> List<List<T>> search(Memory queries, int queryCount, ByteBuffer codes, int n, int k, Object out, Found<T> neighbour) {
        Memory m = Memory.of(codes, "codes");
        int stride = Q2.packedLength(n);
        long[] ids = new long[queryCount * k];
        int found = Q2.found(Native.nearest(ordinal(), queries.base(), queries.offset(), queries.array(), queryBytes(n), queryCount,
                m.base(), m.offset(), m.array(), stride, Q2.wholeCodes(m, stride, "codes"), n, k, ids, out));
        List<List<T>> lists = new ArrayList<>(queryCount);
        for (int j = 0; j < queryCount; j++) {
            List<T> list = new ArrayList<>(found);
            for (int i = j * k; i < j * k + found; i++) list.add(neighbour.at(ids[i], i));
            lists.add(list);
        }
        return lists;
    }
}
