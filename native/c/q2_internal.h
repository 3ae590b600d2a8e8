/* What the files of libq2 share: build rules, the kernel table, and the facts of the element types. Not installed. */
#ifndef Q2_INTERNAL_H
#define Q2_INTERNAL_H

/* The pinned sums (section 2) must not be fused. GCC ignores the standard's pragma and, outside -std=c11, fuses across
 * intrinsics too; its own pragma stands before every include so that inlined functions are covered. */
#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#elif defined(__GNUC__)
#pragma GCC optimize("-ffp-contract=off")
#else
#error "libq2 needs GCC or clang"
#endif

#if defined(__FAST_MATH__)
#error "libq2 is exact to the bit: it cannot be compiled with -ffast-math"
#endif
#if !defined(__BYTE_ORDER__) || __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "libq2 reads little-endian tensors in place: big-endian machines are not supported"
#endif

#include <float.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "q2.h"

#if !defined(FLT_EVAL_METHOD) || FLT_EVAL_METHOD != 0
#error "libq2 needs arithmetic in binary32 itself: on 32-bit x86 compile with -msse2 -mfpmath=sse"
#endif

#if defined(__x86_64__)
#define Q2_X86 1
#else
#define Q2_X86 0
#endif
#if defined(__aarch64__)
#define Q2_ARM64 1
#else
#define Q2_ARM64 0
#endif

#define Q2_INLINE static inline __attribute__((always_inline, unused))

/* Parts of a loop that is unrolled many times. Instrumented builds (sanitisers, fuzzing) keep them as functions: inlined, clang 14
 * takes a minute and a gigabyte for such a file. */
#if defined(Q2_INSTRUMENTED) || defined(__SANITIZE_ADDRESS__)
#define Q2_UNROLLED static __attribute__((noinline, unused))
#else
#define Q2_UNROLLED Q2_INLINE
#endif
/* What is rare stays out of the way of what is not: its registers would be saved on each call. */
#define Q2_NOINLINE __attribute__((noinline))

/* Nothing declared below leaves the shared library, whatever the flags. */
#pragma GCC visibility push(hidden)

/* ---- element types (section 1) ---- */

enum { Q2_DTYPES = 6 };

Q2_INLINE bool q2_dtype_known(q2_dtype dtype) { return (unsigned)dtype < (unsigned)Q2_DTYPES; }

Q2_INLINE size_t q2_packed_bytes(size_t n) { return (n + 3) / 4; }

/* Bytes of a row of n elements; n <= Q2_MAX_DIM, so it cannot overflow. */
Q2_INLINE size_t q2_row_bytes(q2_dtype dtype, size_t n) {
    switch (dtype) {
    case Q2_FP32: return 4 * n;
    case Q2_FP16:
    case Q2_BF16: return 2 * n;
    case Q2_Q8: return n;
    case Q2_Q4: return n / 2;
    default: return q2_packed_bytes(n);
    }
}

/* n is in range, and even where two elements share a byte. */
Q2_INLINE bool q2_dim_ok(q2_dtype dtype, size_t n) { return n >= 1 && n <= Q2_MAX_DIM && (dtype != Q2_Q4 || n % 2 == 0); }

/* The bits of the last byte of a code that belong to its n dimensions. */
Q2_INLINE uint8_t q2_last_byte_mask(size_t n) { return n % 4 == 0 ? 0xFF : (uint8_t)(0xFF00u >> (2 * (n % 4))); }

/* Distance over the dimensions past the last whole byte: 0 where n is a multiple of 4. */
Q2_INLINE uint32_t q2_last_byte_distance(const uint8_t *a, const uint8_t *b, size_t n) {
    if (n % 4 == 0) return 0;
    return (uint32_t)__builtin_popcount((unsigned)((a[n / 4] ^ b[n / 4]) & q2_last_byte_mask(n)));
}

/* The last of (count) pieces of (bytes), (stride) apart, ends within the address space. */
Q2_INLINE bool q2_extent_ok(size_t count, size_t stride, size_t bytes) {
    return count == 0 || stride == 0 || (count - 1) <= (SIZE_MAX - bytes) / stride;
}

/* A block of packed codes: n in range, the stride holds a code, and the last one ends within the address space. */
Q2_INLINE bool q2_codes_ok(size_t stride, size_t count, size_t n) {
    return n >= 1 && n <= Q2_MAX_DIM && stride >= q2_packed_bytes(n) && q2_extent_ok(count, stride, q2_packed_bytes(n));
}

/* ---- numbers ---- */

Q2_INLINE uint32_t q2_bits_of(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

Q2_INLINE float q2_float_of(uint32_t bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* ---- cut points (sections 2, 3, 4, 8) ---- */

/* Where the symbols meet, on the raw elements: D when x > p, else C when x > u, else B when x > -n, else A. */
typedef struct {
    float p, n, u;
} q2_cuts;

q2_cuts q2_cut_points(float sum, size_t n);

/* ---- the certified fast path (section 8): see certify.c ---- */

/* The pinned sum of a row lies within sum +- error; with error 0 it is known. Not finite: nothing is known. */
typedef struct {
    double sum, error;
} q2_bounds;

/* From a sum in any order: (sum) itself; (rounded), the sum over all additions of the pinned order, and over those that put
 * blocks together in (sum), of ufp(its result), the result's power of two; (depth), the longest chain of other roundings
 * that a term goes through in (sum). steps is the number of additions in a lane of the pinned order. */
q2_bounds q2_bounds_of_sum(double sum, double rounded, unsigned depth, size_t n, size_t steps);

/* The same from a sum whose roundings were followed (refine in certify.c); (doubt) is an absolute error. */
q2_bounds q2_bounds_of_refined(double sum, double doubt, size_t n, size_t steps);

/* What a prefix of a lane, summed in any order, is multiplied by to bound that prefix in the pinned order. */
Q2_INLINE float q2_growth(size_t n, size_t steps) { return 1.0f + (float)(steps + n / 64 + 64) * 0x1p-23f; }

/* Where symbols meet on the raw elements, with what lies between undecided. */
typedef struct {
    /* fp32: weak where x * x < t2, strong where x * x >= t2 + width, and undecided between. The difference is exact. */
    float t2, width;
    /* fp16, bf16: the bits of the smallest strong magnitude; q8, q4: the smallest strong magnitude. Nothing is undecided. */
    uint32_t strong;
    /* fp32, fp16, bf16: positive where the element's bits, as a signed integer, are greater. At most Q2_MAX_TINY. */
    uint32_t tiny;
} q2_thresholds;

enum { Q2_MAX_TINY = 32766 };

/* ---- kernels ---- */

/* One element type on one instruction set. Rows and codes may be at any address. */
typedef struct {
    /* Bounds on the sum of squares in the pinned order (section 2), from a sum in the fastest order. */
    q2_bounds (*bounds)(const uint8_t *row, size_t n);
    /* Bounds several times as narrow, in several times as long; NULL where the pinned sum costs no more. */
    q2_bounds (*refined)(const uint8_t *row, size_t n);
    /* That sum itself; not finite where the row is to be refused. */
    float (*pinned_sum)(const uint8_t *row, size_t n);
    /* Symbols, packed (sections 4, 5): writes ceil(n/4) bytes, bits beyond n zero. False where an element was undecided; what
     * was written is then worthless. */
    bool (*classify)(const uint8_t *row, size_t n, q2_thresholds thresholds, uint8_t *packed);
} q2_quantiser;

/* One instruction set's quantisers by q2_dtype ([Q2_Q2] is empty: a copy), and the two halves of section 6. */
typedef struct {
    q2_quantiser dtype[Q2_DTYPES];
    uint64_t (*key)(const uint8_t *packed, size_t n); /* reads no further than the 32nd transition */
    uint32_t (*transitions)(const uint8_t *packed, size_t n);
    /* fp32: the bits of some element, as an integer, are in 1..limit. */
    bool (*any_tiny)(const uint8_t *row, size_t n, uint32_t limit);
} q2_quantise_table;

typedef struct q2_lee_block q2_lee_block;

/* One instruction set's distances: Lee (section 7) or L1 (section 10). Bits beyond n are ignored. */
typedef struct {
    uint32_t (*pair)(const uint8_t *a, const uint8_t *b, size_t n);
    /* distances[i] = query to the code at codes + i * stride, i < count. */
    void (*many)(const uint8_t *query, const uint8_t *codes, size_t stride, size_t count, size_t n, uint32_t *distances);
    /* Made for codes that come from memory: goes through them by eights until one of eight is nearer than the limit, and returns
     * how many came before those eight; their distances are then in distances[0..8). At the end it returns count less its last
     * count % 8, which are left to the caller. NULL where many serves as well. */
    size_t (*scan)(const uint8_t *query, const uint8_t *codes, size_t stride, size_t count, size_t n, uint32_t limit,
                   uint32_t *distances);
    /* The first i in [from, count) with distances[i] < limit, else count: the threshold test of the nearest scan. */
    size_t (*first_below)(const uint32_t *distances, size_t from, size_t count, uint32_t limit);
    /* Several queries against several codes (lee_block.h). NULL where seeing them together gains nothing over many. */
    void (*block)(q2_lee_block *block);
} q2_lee_table;

typedef struct q2_score_block q2_score_block;

/* One instruction set's scores (section 10), in the usual floating-point environment: code against code, where a query is a
 * code too, or a query of n int8. Bits of codes beyond n are ignored. */
typedef struct {
    /* scores[i] = query against the code at codes + i * stride, i < count. */
    void (*many)(const uint8_t *query, const uint8_t *codes, size_t stride, size_t count, size_t n, float *scores);
    /* Made for codes that come from memory, as a q2_lee_table's: goes through them by eights until one of eight may score above
     * the limit, and returns how many came before those eight; their scores are then in scores[0..8). At the end it returns
     * count less its last count % 8, which are left to the caller. NULL where many serves as well. */
    size_t (*scan)(const uint8_t *query, const uint8_t *codes, size_t stride, size_t count, size_t n, float limit, float *scores);
    /* The first i in [from, count) with scores[i] > limit, else count. */
    size_t (*first_above)(const float *scores, size_t from, size_t count, float limit);
    /* Several queries against several codes (score_block.h). NULL where seeing them together gains nothing over many. */
    void (*block)(q2_score_block *block);
} q2_score_table;

typedef struct {
    const char *isa;   /* the public name; several kernels may share it, best first */
    uint32_t features; /* what it needs, of q2_cpu_features() */
    const q2_quantise_table *quantise;
    const q2_lee_table *lee, *l1;
    const q2_score_table *code_dot, *dot;
} q2_kernel;

/* The portable quantisers, for instruction sets that have nothing better. */
float q2_scalar_pinned_sum_fp32(const uint8_t *row, size_t n);
float q2_scalar_pinned_sum_fp16(const uint8_t *row, size_t n);
float q2_scalar_pinned_sum_q8(const uint8_t *row, size_t n);
float q2_scalar_pinned_sum_q4(const uint8_t *row, size_t n);
float q2_scalar_pinned_sum_bf16(const uint8_t *row, size_t n);
uint64_t q2_scalar_key(const uint8_t *packed, size_t n);
uint32_t q2_scalar_transitions(const uint8_t *packed, size_t n);

#if Q2_X86
float q2_avx2_pinned_sum_fp32(const uint8_t *row, size_t n);
q2_bounds q2_avx2_refined_fp32(const uint8_t *row, size_t n);
q2_bounds q2_avx2_refined_fp16(const uint8_t *row, size_t n);
q2_bounds q2_avx2_refined_bf16(const uint8_t *row, size_t n);
q2_bounds q2_avx512_refined_fp32(const uint8_t *row, size_t n);
q2_bounds q2_avx512_refined_fp16(const uint8_t *row, size_t n);
q2_bounds q2_avx512_refined_bf16(const uint8_t *row, size_t n);
uint64_t q2_avx2_key(const uint8_t *packed, size_t n);
uint32_t q2_avx2_transitions(const uint8_t *packed, size_t n);
uint32_t q2_avx512_transitions(const uint8_t *packed, size_t n); /* needs VPOPCNTDQ */
#endif

#if Q2_ARM64
q2_bounds q2_neon_refined_fp32(const uint8_t *row, size_t n);
q2_bounds q2_neon_refined_fp16(const uint8_t *row, size_t n);
uint32_t q2_neon_transitions(const uint8_t *packed, size_t n);
#endif

/* The literal symbols of section 4 against exact cut points, for any dtype but Q2_Q2: what is left when an element lies
 * within a few ulp of a cut point. */
void q2_classify_exactly(const uint8_t *row, size_t n, q2_dtype dtype, const q2_cuts *cuts, uint8_t *packed);

extern const q2_quantise_table q2_quantise_scalar;
extern const q2_lee_table q2_lee_scalar, q2_l1_scalar;
extern const q2_score_table q2_code_dot_scalar, q2_dot_scalar;
#if Q2_X86
extern const q2_quantise_table q2_quantise_avx2, q2_quantise_avx512, q2_quantise_avx512_vnni;
extern const q2_lee_table q2_lee_avx2;
extern const q2_lee_table q2_lee_avx512;
extern const q2_lee_table q2_lee_avx512_vpopcntdq;
void q2_avx512_lee_block(q2_lee_block *block);
void q2_avx512_l1_block(q2_lee_block *block);
void q2_avx512_score_block(q2_score_block *block);
void q2_avx2_score_block(q2_score_block *block);
extern const q2_lee_table q2_l1_avx2, q2_l1_avx512, q2_l1_avx512_vpopcntdq;
extern const q2_score_table q2_code_dot_avx2, q2_code_dot_avx512, q2_code_dot_avx512_vnni;
extern const q2_score_table q2_dot_avx2, q2_dot_avx512, q2_dot_avx512_vnni;
#endif
#if Q2_ARM64
extern const q2_quantise_table q2_quantise_neon;
extern const q2_lee_table q2_lee_neon, q2_l1_neon;
extern const q2_score_table q2_code_dot_neon, q2_dot_neon;
void q2_neon_score_block(q2_score_block *block);
#endif

/* ---- detection and choice ---- */

enum {
    Q2_CPU_AVX2 = 1 << 0,      /* AVX2, FMA, F16C, BMI1, BMI2, POPCNT; YMM state saved */
    Q2_CPU_AVX512 = 1 << 1,    /* F, BW, VL, DQ, ZMM and mask state saved */
    Q2_CPU_VNNI = 1 << 2,      /* AVX512_VNNI, only with Q2_CPU_AVX512 */
    Q2_CPU_VPOPCNTDQ = 1 << 3, /* AVX512_VPOPCNTDQ, only with Q2_CPU_AVX512 */
    Q2_CPU_NEON = 1 << 4,
    Q2_CPU_VBMI = 1 << 5 /* AVX512_VBMI, only with Q2_CPU_AVX512 */
};

uint32_t q2_cpu_features(void);

const q2_kernel *q2_active_kernel(void);

/* All kernels of this build, best first; for tests and benchmarks, which run each by itself. */
size_t q2_kernel_count(void);
const q2_kernel *q2_kernel_at(size_t i);
void q2_use_kernel(const q2_kernel *kernel);

/* The public functions on a given kernel, arguments already checked. */
q2_status q2_quantise_on(const q2_kernel *kernel, const uint8_t *row, size_t n, q2_dtype dtype, uint8_t *packed,
                         const uint8_t *ahead);
void q2_write_key(const q2_kernel *kernel, const uint8_t *packed, size_t n, uint64_t *key, uint32_t *transitions);

/* The fast path alone: true where the code is proven equal to the pinned one; else packed is worthless. (ahead) is a row of
 * the same kind that will be needed soon, or NULL. */
bool q2_certified(const q2_quantise_table *table, q2_bounds bounds, const uint8_t *row, size_t n, q2_dtype dtype,
                  uint8_t *packed, const uint8_t *ahead);

size_t q2_nearest_on(const q2_lee_table *table, const uint8_t *query, const uint8_t *codes, size_t stride, size_t count, size_t n,
                     size_t k, uint64_t *ids, uint32_t *distances);
void q2_nearest_many_on(const q2_lee_table *table, const uint8_t *queries, size_t query_stride, size_t query_count,
                        const uint8_t *codes, size_t stride, size_t count, size_t n, size_t k, uint64_t *ids,
                        uint32_t *distances);

/* Queries to be ranked against codes by scores: query_bytes each, at queries + i * query_stride. */
typedef struct {
    bool of_levels; /* queries are codes */
    const uint8_t *queries;
    size_t query_bytes, query_stride, query_count;
    const uint8_t *codes;
    size_t stride, count, n;
} q2_scored;

/* Arguments of the public functions that give scores, checked; then the work, in the usual floating-point environment. */
q2_status q2_scores_of(const q2_score_table *table, const q2_scored *s, float *scores);
q2_status q2_highest_scores(const q2_score_table *table, const q2_scored *s, size_t k, uint64_t *ids, float *scores, size_t *found);

#pragma GCC visibility pop
#endif
