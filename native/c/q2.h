/* libq2: hidden-state activations to 2-bit codes, 64-bit transition keys, distances and scores.
 *
 * Section numbers are those of docs/SPEC.md. What holds for every function:
 *
 *  - Units: n and seq_len count elements and tokens, strides and lengths count bytes. 1 <= n <= Q2_MAX_DIM.
 *  - A packed code has ceil(n/4) bytes, 4 dimensions a byte, the first in the highest bits (section 5).
 *  - No alignment is required of any input or byte output; keys, transitions, ids, distances and scores are aligned as their
 *    types are.
 *  - Buffers must not overlap unless both are only read. Overlap is not detected.
 *  - Thread-safe and reentrant: no allocation, no output, no locks, no abort, and no global state but the instruction set in use.
 *  - The caller's floating-point environment (rounding, flush-to-zero, traps) neither changes a result nor is changed.
 *  - Results are the same bytes on every instruction set and every machine.
 *  - On Q2_ERR_ARGUMENT and Q2_ERR_UNSUPPORTED nothing at all is written.
 *
 * The interface is stable: functions are added, existing ones never change, the SONAME stays. */
#ifndef Q2_H
#define Q2_H

#include <stddef.h>
#include <stdint.h>

/* The one place where the version stands; the build reads it from here. */
#define Q2_VERSION "1.0.0"
#define Q2_ABI_VERSION 1

/* Define Q2_STATIC where libq2 is linked in statically or compiled into a program, which then does not export it again. Q2_BUILD
 * is for the build of the shared library alone. */
#if defined(_WIN32) && defined(Q2_STATIC)
#define Q2_API
#elif defined(_WIN32) && defined(Q2_BUILD)
#define Q2_API __declspec(dllexport)
#elif defined(_WIN32)
#define Q2_API __declspec(dllimport)
#elif defined(Q2_STATIC)
#define Q2_API __attribute__((visibility("hidden")))
#else
#define Q2_API __attribute__((visibility("default")))
#endif

#define Q2_MAX_DIM ((size_t)1 << 20)  /* largest n */
#define Q2_MAX_NEAREST ((size_t)4096) /* largest k of the nearest functions */

#ifdef __cplusplus
extern "C" {
#endif

/* Element types of a tensor (section 1). The numbers are part of the interface. */
typedef enum {
    Q2_FP32 = 0, /* IEEE 754 binary32, little-endian: 4n bytes a row */
    Q2_FP16 = 1, /* IEEE 754 binary16, subnormals count as zero: 2n bytes a row */
    Q2_Q8 = 2,   /* int8, its scale irrelevant: n bytes a row */
    Q2_Q4 = 3,   /* unsigned nibble - 8, the even dimension in the high nibble: n/2 bytes a row, n even */
    Q2_Q2 = 4,   /* an already packed code: ceil(n/4) bytes */
    Q2_BF16 = 5  /* bfloat16: 2n bytes a row */
} q2_dtype;

typedef enum {
    Q2_OK = 0,
    Q2_ERR_ARGUMENT = 1,    /* NULL where data is needed, n or k or a stride out of range, an unknown dtype or name, a size that overflows */
    Q2_ERR_UNSUPPORTED = 2, /* a known instruction set that the CPU, the operating system or this build lacks */
    Q2_ERR_NOT_FINITE = 3   /* the sum of squares is not finite: a NaN, an infinity, or squares that overflow (section 2) */
} q2_status;

/* Quantises the last row of a row-major tensor [seq_len x n] (sections 1 to 6).
 *
 * tensor and packed need no alignment. packed receives ceil(n/4) bytes; *key the transition key; *transitions the full number
 * of transitions, 1..n. key and transitions may be NULL, and leaving transitions out saves time. For Q2_Q2 the tensor is a
 * packed code: it is copied, bits beyond n are cleared, and seq_len is ignored, 0 included. Otherwise seq_len >= 1. Thread-safe.
 * Returns Q2_OK, Q2_ERR_ARGUMENT or Q2_ERR_NOT_FINITE; unless it is Q2_OK nothing is written. */
Q2_API q2_status q2_quantise(const void *tensor, size_t seq_len, size_t n, q2_dtype dtype, uint8_t *packed, uint64_t *key,
                             uint32_t *transitions);

/* Quantises count rows (sections 1 to 6), row i at rows + i * row_stride, into codes at packed + i * packed_stride.
 *
 * Strides are in bytes, and no alignment is required: row_stride is at least the bytes of a row (so the rows may be the last
 * tokens of a [batch x seq_len x n] tensor), packed_stride at least ceil(n/4); bytes between codes are untouched. keys,
 * transitions and row_status take count elements each and may be NULL; row_status[i] is a q2_status. A row that is refused as
 * not finite gets a code of zero bytes, key 0 and 0 transitions, the others are done, and the call returns
 * Q2_ERR_NOT_FINITE. count = 0 does nothing, and rows and packed may then be NULL. All arguments are checked before anything
 * is written. Thread-safe. Returns Q2_OK, Q2_ERR_ARGUMENT or Q2_ERR_NOT_FINITE. */
Q2_API q2_status q2_quantise_rows(const void *rows, size_t row_stride, size_t count, size_t n, q2_dtype dtype, uint8_t *packed,
                                  size_t packed_stride, uint64_t *keys, uint32_t *transitions, uint8_t *row_status);

/* The transition key of a packed code of ceil(n/4) bytes (section 6), and the number of its transitions, 1..n. Either output
 * may be NULL. packed needs no alignment, and its bits beyond n are ignored. Thread-safe. Returns Q2_OK or Q2_ERR_ARGUMENT. */
Q2_API q2_status q2_key(const uint8_t *packed, size_t n, uint64_t *key, uint32_t *transitions);

/* Lee distance of two packed codes of ceil(n/4) bytes each, 0..2n (section 7). a and b need no alignment and may be the same;
 * their bits beyond n are ignored. Thread-safe. Returns Q2_OK or Q2_ERR_ARGUMENT. */
Q2_API q2_status q2_lee_distance(const uint8_t *a, const uint8_t *b, size_t n, uint32_t *distance);

/* Lee distances of one query to count codes (section 7), code i at codes + i * stride bytes, stride >= ceil(n/4); distances takes
 * count elements. Query and codes need no alignment. count = 0 does nothing, and the pointers may then be NULL. Thread-safe.
 * Returns Q2_OK or Q2_ERR_ARGUMENT. */
Q2_API q2_status q2_lee_distances(const uint8_t *query, const uint8_t *codes, size_t stride, size_t count, size_t n,
                                  uint32_t *distances);

/* The k codes nearest to the query by Lee distance (section 7), query and codes as in q2_lee_distances: ids[0..*found) and
 * distances[0..*found), nearest first, ties by lower index; *found = min(k, count). 1 <= k <= Q2_MAX_NEAREST; ids and
 * distances take k elements, and those past *found are left as they were. With count = 0 only found must not be NULL.
 * Thread-safe. Returns Q2_OK or Q2_ERR_ARGUMENT. */
Q2_API q2_status q2_lee_nearest(const uint8_t *query, const uint8_t *codes, size_t stride, size_t count, size_t n, size_t k,
                                uint64_t *ids, uint32_t *distances, size_t *found);

/* q2_lee_nearest for many queries in one pass over the codes: several times the throughput of one call per query.
 *
 * Query j is at queries + j * query_stride, query_stride >= ceil(n/4). ids and distances are [query_count x k], row-major: row
 * j holds query j's nearest codes, nearest first, ties by lower index, in its first *found elements, the others are left as
 * they were. *found = min(k, count) is the same for every query. 1 <= k <= Q2_MAX_NEAREST; query_count and k must leave
 * query_count * k * 8 within size_t. With query_count = 0 or count = 0 only found must not be NULL. It needs some 40 KiB of
 * stack. Thread-safe. Returns Q2_OK or Q2_ERR_ARGUMENT. */
Q2_API q2_status q2_lee_nearest_many(const uint8_t *queries, size_t query_stride, size_t query_count, const uint8_t *codes,
                                     size_t stride, size_t count, size_t n, size_t k, uint64_t *ids, uint32_t *distances,
                                     size_t *found);

/* L1 distance of two packed codes, 0..3n (section 10): |a - b| on the values 0..3, so that the opposite extremes are far apart.
 * In all else these are the q2_lee functions of the same names. */
Q2_API q2_status q2_l1_distance(const uint8_t *a, const uint8_t *b, size_t n, uint32_t *distance);
Q2_API q2_status q2_l1_distances(const uint8_t *query, const uint8_t *codes, size_t stride, size_t count, size_t n,
                                 uint32_t *distances);
Q2_API q2_status q2_l1_nearest(const uint8_t *query, const uint8_t *codes, size_t stride, size_t count, size_t n, size_t k,
                               uint64_t *ids, uint32_t *distances, size_t *found);
Q2_API q2_status q2_l1_nearest_many(const uint8_t *queries, size_t query_stride, size_t query_count, const uint8_t *codes,
                                    size_t stride, size_t count, size_t n, size_t k, uint64_t *ids, uint32_t *distances,
                                    size_t *found);

/* Scores (section 10): the symbols stand for the levels -4, -1, +1, +4, and the product of query and code is divided by the
 * code's norm. Larger is nearer: the nearest come with scores descending, ties by lower index. In all else these are the
 * q2_lee functions of the same names, but for some 80 KiB of stack; scores are never NaN, infinite or -0.
 *
 * q2_code_dot: a code against a code; the norm is b's, or that of the codes, so the order of the arguments matters. */
Q2_API q2_status q2_code_dot(const uint8_t *a, const uint8_t *b, size_t n, float *score);
Q2_API q2_status q2_code_dot_scores(const uint8_t *query, const uint8_t *codes, size_t stride, size_t count, size_t n,
                                    float *scores);
Q2_API q2_status q2_code_dot_nearest(const uint8_t *query, const uint8_t *codes, size_t stride, size_t count, size_t n, size_t k,
                                     uint64_t *ids, float *scores, size_t *found);
Q2_API q2_status q2_code_dot_nearest_many(const uint8_t *queries, size_t query_stride, size_t query_count, const uint8_t *codes,
                                          size_t stride, size_t count, size_t n, size_t k, uint64_t *ids, float *scores,
                                          size_t *found);

/* Quantises a query vector of n floats, of any scale, to n int8 for q2_dot: x[d] * (127 / max|x|), rounded half to even. The
 * zero vector becomes zeros. Returns Q2_OK, Q2_ERR_ARGUMENT, or Q2_ERR_NOT_FINITE where a NaN or an infinity is among the
 * elements; unless it is Q2_OK nothing is written. */
Q2_API q2_status q2_dot_query(const float *x, size_t n, int8_t *query);

/* q2_dot: a query of n int8, from q2_dot_query or elsewhere, against a code: the ranking that finds most true neighbours.
 * query_stride is in bytes and at least n. */
Q2_API q2_status q2_dot(const int8_t *query, const uint8_t *code, size_t n, float *score);
Q2_API q2_status q2_dot_scores(const int8_t *query, const uint8_t *codes, size_t stride, size_t count, size_t n, float *scores);
Q2_API q2_status q2_dot_nearest(const int8_t *query, const uint8_t *codes, size_t stride, size_t count, size_t n, size_t k,
                                uint64_t *ids, float *scores, size_t *found);
Q2_API q2_status q2_dot_nearest_many(const int8_t *queries, size_t query_stride, size_t query_count, const uint8_t *codes,
                                     size_t stride, size_t count, size_t n, size_t k, uint64_t *ids, float *scores,
                                     size_t *found);

/* Q2_VERSION of the library in use, a static string; and its ABI number, Q2_ABI_VERSION when the library was built. A program
 * that loads the library itself compares the ABI number before it looks up anything else. */
Q2_API const char *q2_version(void);
Q2_API uint32_t q2_abi_version(void);

/* A static, English, one-line text for a status; "unknown status" for other numbers. */
Q2_API const char *q2_status_text(q2_status status);

/* The instruction set in use: "scalar", "avx2", "avx512" or "neon", a static string. The best that CPU and operating system
 * have is chosen at the first call. */
Q2_API const char *q2_isa(void);

/* Chooses the instruction set for the whole process, by the names above; NULL chooses the best. Calls under way finish on
 * what they started with. Q2_ERR_ARGUMENT for a name that is none of those, Q2_ERR_UNSUPPORTED for one that CPU, operating
 * system or build lacks; the choice then stays as it was. "avx2" needs AVX2, FMA and BMI2; "avx512" also F, BW, VL and DQ. */
Q2_API q2_status q2_force_isa(const char *name);

#ifdef __cplusplus
}
#endif
#endif
