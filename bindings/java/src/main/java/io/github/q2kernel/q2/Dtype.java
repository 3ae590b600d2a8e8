package io.github.q2kernel.q2;

/** Element types of a tensor (docs/SPEC.md section 1), in the order of their numbers in q2.h. */
public enum Dtype {
    /** IEEE 754 binary32, little-endian. */
    FP32,
    /** IEEE 754 binary16; subnormals count as zero. */
    FP16,
    /** int8; its scale is irrelevant. */
    Q8,
    /** Unsigned nibble minus 8, the even dimension in the high nibble. n must be even. */
    Q4,
    /** An already packed code. */
    Q2,
    /** bfloat16. */
    BF16;

    /**
     * The size of one row.
     *
     * @param n dimensions of the row
     * @return its bytes
     */
    public int rowBytes(int n) {
        return switch (this) {
            case FP32 -> 4 * n;
            case FP16, BF16 -> 2 * n;
            case Q8 -> n;
            case Q4 -> n / 2;
            case Q2 -> (n + 3) / 4;
        };
    }
}
