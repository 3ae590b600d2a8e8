package io.github.q2kernel.q2;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.Objects;

/**
 * A view of rows in the caller's memory: an array, a direct buffer, or a heap buffer over an array. Nothing is copied, here or later. A buffer counts from its
 * position to its limit, and both stay as they are.
 */
public final class Tensor {
    final Memory memory;
    final Dtype dtype;
    final int n;

    private Tensor(Memory memory, Dtype dtype, int n) {
        if (n < 1 || n > Q2.MAX_DIM) throw new IllegalArgumentException("n is " + n + ", must be from 1 to " + Q2.MAX_DIM);
        if (dtype == Dtype.Q4 && n % 2 != 0) throw new IllegalArgumentException("n is " + n + ", must be even for q4");
        this.memory = memory;
        this.dtype = dtype;
        this.n = n;
    }

    /**
     * One row of fp32.
     *
     * @param row all its elements
     * @return the view
     */
    public static Tensor of(float[] row) {
        return of(row, row.length);
    }

    /**
     * Rows of fp32.
     *
     * @param rows one row after another; a part of an array is {@code of(FloatBuffer.wrap(array, from, length), n)}
     * @param n dimensions of a row
     * @return the view
     */
    public static Tensor of(float[] rows, int n) {
        return new Tensor(Memory.of(rows), Dtype.FP32, n);
    }

    /**
     * Rows of fp32.
     *
     * @param rows a direct buffer, or one over an array, in the machine's byte order
     * @param n dimensions of a row
     * @return the view
     */
    public static Tensor of(FloatBuffer rows, int n) {
        return new Tensor(Memory.of(rows, "rows"), Dtype.FP32, n);
    }

    /**
     * Rows of fp16 or bf16.
     *
     * @param dtype FP16 or BF16
     * @param rows their bits
     * @param n dimensions of a row
     * @return the view
     */
    public static Tensor of(Dtype dtype, short[] rows, int n) {
        if (dtype != Dtype.FP16 && dtype != Dtype.BF16) throw new IllegalArgumentException("dtype is " + dtype + ", must be FP16 or BF16 for a short[]");
        return new Tensor(Memory.of(rows), dtype, n);
    }

    /**
     * Rows of any type, as bytes.
     *
     * @param dtype the elements
     * @param rows one row after another
     * @param n dimensions of a row
     * @return the view
     */
    public static Tensor of(Dtype dtype, byte[] rows, int n) {
        return new Tensor(Memory.of(rows), Objects.requireNonNull(dtype, "dtype"), n);
    }

    /**
     * Rows of any type, as bytes.
     *
     * @param dtype the elements
     * @param rows a direct buffer, or one over an array; elements are little-endian whatever the buffer's order
     * @param n dimensions of a row
     * @return the view
     */
    public static Tensor of(Dtype dtype, ByteBuffer rows, int n) {
        return new Tensor(Memory.of(rows, "rows"), Objects.requireNonNull(dtype, "dtype"), n);
    }

    int rowBytes() {
        return dtype.rowBytes(n);
    }

    /** How many rows there are, one after another. */
    long wholeRows() {
        if (memory.bytes() % rowBytes() != 0) {
            throw new IllegalArgumentException("the tensor has " + memory.bytes() + " bytes, must have a multiple of " + rowBytes() + " for n = " + n + " and " + dtype);
        }
        return memory.bytes() / rowBytes();
    }
}
