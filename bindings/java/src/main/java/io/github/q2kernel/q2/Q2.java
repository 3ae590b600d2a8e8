package io.github.q2kernel.q2;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Set;

/**
 * Hidden-state activations to 2-bit codes, 64-bit transition keys and Lee distances, by libq2 (docs/SPEC.md). Other rankings are in {@link Rankings}.
 *
 * <p>Thread-safe. Arrays and buffers are read and written in place. While a call reads an array, the collector can't move it, so long calls on arrays
 * hold it up: rows and distances go to libq2 in pieces of a MiB, and a search through many codes is better given a direct buffer.
 *
 * <p>Arguments that are wrong give an {@link IllegalArgumentException} with the value and the limit, a read-only output a {@link java.nio.ReadOnlyBufferException},
 * and nothing is written.
 */
public final class Q2 {
    /** The largest n. */
    public static final int MAX_DIM = 1 << 20;
    /** The largest k of a search. */
    public static final int MAX_NEAREST = 4096;

    private static final int OK = 0;
    private static final int UNSUPPORTED = 2;
    static final int NOT_FINITE = 3;
    static final long PIECE_BYTES = 1 << 20;
    private static final Set<String> ISAS = Set.of("scalar", "avx2", "avx512", "neon");

    private Q2() {}

    /**
     * The size of a code.
     *
     * @param n dimensions
     * @return ceil(n/4)
     */
    public static int packedLength(int n) {
        return (checkedDimension(n) + 3) / 4;
    }

    /**
     * The code and key of one row of fp32.
     *
     * @param row the row
     * @return its fingerprint
     * @throws NotFiniteException if the row has no finite norm
     */
    public static Fingerprint quantise(float[] row) {
        return quantise(Tensor.of(row));
    }

    /**
     * The code and key of a tensor's last row.
     *
     * @param tensor one row or more
     * @return the fingerprint
     * @throws NotFiniteException if the row has no finite norm
     */
    public static Fingerprint quantise(Tensor tensor) {
        byte[] packed = new byte[packedLength(tensor.n)];
        return new Fingerprint(packed, quantise(tensor, packed), tensor.n);
    }

    /**
     * The code and key of a tensor's last row, without a new array for the code.
     *
     * @param tensor one row or more
     * @param packed receives the code, ceil(n/4) bytes; stays as it was if the row is refused
     * @return the key
     * @throws NotFiniteException if the row has no finite norm
     */
    public static TransitionKey quantise(Tensor tensor, byte[] packed) {
        return quantise(tensor, Memory.of(packed));
    }

    /**
     * The code and key of a tensor's last row, without a new array for the code.
     *
     * @param tensor one row or more
     * @param packed receives the code from its position on; stays as it was if the row is refused
     * @return the key
     * @throws NotFiniteException if the row has no finite norm
     */
    public static TransitionKey quantise(Tensor tensor, ByteBuffer packed) {
        return quantise(tensor, Memory.output(packed, "packed"));
    }

    private static TransitionKey quantise(Tensor tensor, Memory packed) {
        long seqLen = tensor.wholeRows();
        if (seqLen == 0) throw new IllegalArgumentException("the tensor has 0 rows, must have at least 1");
        packed.requireBytes(packedLength(tensor.n), "packed");
        if (tensor.dtype == Dtype.Q2) tensor.memory.requireBytes(tensor.rowBytes(), "the tensor");
        Memory m = tensor.memory;
        long[] result = new long[2];
        int status = Native.quantise(m.base(), m.offset(), m.array(), seqLen, tensor.n, tensor.dtype.ordinal(), packed.base(), packed.offset(), packed.array(), result);
        if (status == NOT_FINITE) throw new NotFiniteException("the row has no finite norm: " + NotFiniteException.WHY);
        require(status);
        return new TransitionKey(result[0], (int) result[1]);
    }

    /**
     * The codes and keys of rows that follow one another.
     *
     * @param rows the rows; none is fine
     * @return the results
     * @throws RefusedRowsException if some have no finite norm; it carries the results of the others
     */
    public static RowResults quantiseRows(Tensor rows) {
        long bytes = rows.wholeRows() * packedLength(rows.n);
        if (bytes > Integer.MAX_VALUE - 8) throw new IllegalArgumentException("the codes have " + bytes + " bytes, more than a byte[] holds: give a part of the rows");
        return quantiseRows(rows, rows.rowBytes(), ByteBuffer.allocate((int) bytes), packedLength(rows.n));
    }

    /**
     * The codes and keys of rows that lie a stride apart, such as the last tokens of a tensor [batch x seqLen x n].
     *
     * @param rows the first row begins where the tensor does
     * @param rowStride bytes from one row to the next, at least those of a row
     * @param packed receives the codes, from its position on
     * @param packedStride bytes from one code to the next, at least ceil(n/4); those between stay as they were
     * @return the results
     * @throws RefusedRowsException if some have no finite norm; it carries the results of the others
     */
    public static RowResults quantiseRows(Tensor rows, long rowStride, ByteBuffer packed, long packedStride) {
        int width = packedLength(rows.n);
        long count = rows.memory.items(atLeast(rowStride, rows.rowBytes(), "rowStride"), rows.rowBytes());
        Memory codes = Memory.output(packed, "packed");
        long room = codes.items(atLeast(packedStride, width, "packedStride"), width);
        if (room < count) throw new IllegalArgumentException("packed has room for " + room + " codes, must have for " + count + " (" + packedStride + " bytes apart)");
        if (count > Integer.MAX_VALUE - 8) throw new IllegalArgumentException("there are " + count + " rows, must be at most " + (Integer.MAX_VALUE - 8));
        RowResults results = new RowResults(packed, new long[(int) count], new int[(int) count], new byte[(int) count], rows.n);
        int status = OK;
        long piece = Math.max(1, PIECE_BYTES / rowStride);
        for (long first = 0; first < count; first += piece) {
            status = Math.max(status, quantisePiece(rows, rowStride, codes, packedStride, results, (int) first, Math.min(piece, count - first)));
        }
        if (status == NOT_FINITE) throw new RefusedRowsException(results);
        require(status);
        return results;
    }

    private static int quantisePiece(Tensor rows, long rowStride, Memory codes, long packedStride, RowResults results, int first, long count) {
        Memory m = rows.memory;
        return Native.quantiseRows(m.base(), m.offset() + first * rowStride, m.array(), rowStride, count, rows.n, rows.dtype.ordinal(),
                codes.base(), codes.offset() + first * packedStride, codes.array(), packedStride, results.keys(), results.transitions(), results.rowStatus(), first);
    }

    /**
     * The transition key of a code.
     *
     * @param packed the code; bits beyond n are ignored
     * @param n its dimensions
     * @return the key
     */
    public static TransitionKey key(byte[] packed, int n) {
        Memory m = code(packed, n, "packed");
        long[] result = new long[2];
        require(Native.key(m.base(), m.offset(), m.array(), n, result));
        return new TransitionKey(result[0], (int) result[1]);
    }

    /**
     * The Lee distance of two codes.
     *
     * @param a a code
     * @param b a code
     * @param n their dimensions
     * @return the distance, 0 to 2n
     */
    public static int leeDistance(byte[] a, byte[] b, int n) {
        Memory ma = code(a, n, "a");
        Memory mb = code(b, n, "b");
        return found(Native.leeDistance(ma.base(), ma.offset(), ma.array(), mb.base(), mb.offset(), mb.array(), n));
    }

    /**
     * The Lee distances of one query to many codes.
     *
     * @param query a code
     * @param codes codes one after another; of a byte[], {@link ByteBuffer#wrap(byte[])}
     * @param n their dimensions
     * @return one distance a code
     */
    public static int[] leeDistances(byte[] query, ByteBuffer codes, int n) {
        return Ranking.LEE.distances(query, codes, n);
    }

    /**
     * The codes nearest to a query.
     *
     * @param query a code
     * @param codes codes one after another
     * @param n their dimensions
     * @param k how many, 1 to {@link #MAX_NEAREST}
     * @return nearest first, ties by lower id; fewer than k where there are fewer codes
     */
    public static List<Neighbour> nearest(byte[] query, ByteBuffer codes, int n, int k) {
        return Ranking.LEE.nearestDistances(query, codes, n, k);
    }

    /**
     * {@link #nearest} for many queries in one pass over the codes.
     *
     * @param queries codes one after another
     * @param codes codes one after another
     * @param n their dimensions
     * @param k how many, 1 to {@link #MAX_NEAREST}
     * @return one list a query
     */
    public static List<List<Neighbour>> nearestMany(ByteBuffer queries, ByteBuffer codes, int n, int k) {
        return Ranking.LEE.nearestDistancesMany(queries, codes, n, k);
    }

    /**
     * The version of libq2 in use.
     *
     * @return such as "1.0.0"
     */
    public static String version() {
        return Native.version();
    }

    /**
     * The ABI number of libq2 in use.
     *
     * @return the number
     */
    public static int abiVersion() {
        return Native.abiVersion();
    }

    /**
     * The instruction set in use.
     *
     * @return "scalar", "avx2", "avx512" or "neon"
     */
    public static String isa() {
        return Native.isa();
    }

    /**
     * Chooses the instruction set for the whole process. Results do not depend on it.
     *
     * @param name one of those that {@link #isa} may return, or null for the best
     * @throws UnsupportedIsaException if it is not there; the choice stays
     */
    public static void forceIsa(String name) {
        if (name != null && !ISAS.contains(name)) throw new IllegalArgumentException("name is \"" + name + "\", must be scalar, avx2, avx512 or neon");
        if (Native.forceIsa(name) == UNSUPPORTED) throw new UnsupportedIsaException(name, isa());
    }

    private static int checkedDimension(int n) {
        if (n < 1 || n > MAX_DIM) throw new IllegalArgumentException("n is " + n + ", must be from 1 to " + MAX_DIM);
        return n;
    }

    static int checkNearest(int k) {
        if (k < 1 || k > MAX_NEAREST) throw new IllegalArgumentException("k is " + k + ", must be from 1 to " + MAX_NEAREST);
        return k;
    }

    private static long atLeast(long value, long least, String what) {
        if (value < least) throw new IllegalArgumentException(what + " is " + value + ", must be at least " + least);
        return value;
    }

    static Memory code(byte[] packed, int n, String what) {
        Memory m = Memory.of(packed);
        m.requireBytes(packedLength(n), what);
        return m;
    }

    static long wholeCodes(Memory m, int width, String what) {
        if (m.bytes() % width != 0) throw new IllegalArgumentException(what + " has " + m.bytes() + " bytes, must have a multiple of " + width);
        return m.bytes() / width;
    }

    /** Arguments were checked before; an OutOfMemoryError is thrown by the virtual machine itself. */
    static void require(int status) {
        if (status != OK) throw new IllegalArgumentException("libq2 refused the arguments (status " + status + ")");
    }

    static int found(int result) {
        if (result < 0) require(-result);
        return result;
    }
}
