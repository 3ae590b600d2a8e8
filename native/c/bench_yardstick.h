/* What the machine can do at best with the same bytes: the measures that the kernels are held against. */
#ifndef Q2_BENCH_YARDSTICK_H
#define Q2_BENCH_YARDSTICK_H

#include "q2_internal.h"

/* Sum of squares of n binary32 with the instruction set's widest registers, FMA and several accumulators, in no particular
 * order, and nothing else: what reading and squaring the row costs. NULL where the machine lacks the instruction set. Several
 * variants; the fastest of them is the yardstick. */
typedef float (*wide_norm)(const uint8_t *row, size_t n);
enum { WIDE_NORMS = 3 };
wide_norm bench_wide_norm(const q2_kernel *kernel, size_t variant);

/* What comparing codes costs once nothing but the arithmetic is left: exclusive or, majority, population count and addition as
 * in lee_block_avx512.c, codes from the first-level cache, four queries in registers, and no distance handed out. (bytes), a
 * multiple of 192, are compared with each of the four queries. NULL where the kernel does not count by VPOPCNTDQ. */
typedef uint64_t (*count_limit)(const uint8_t *codes, size_t bytes);
enum { COUNT_QUERIES = 4, COUNT_BYTES = 192 };
count_limit bench_count_limit(const q2_kernel *kernel);

#endif
