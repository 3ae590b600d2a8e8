/* Loops that read memory. Each joins what it loads by OR into a few registers, so that no load can be left out. */
#include "bench_read_limit.h"

#define JOIN(a, b) a##b
#define NAME(a, b) JOIN(a, b)

/* For one vector type: in order, STEP bytes at a time, with prefetch AHEAD bytes on (0: none) and HINT; and the two halves side
 * by side. */
#define IN_ORDER(name, ahead, hint)                                                                                   \
    TARGET static uint64_t NAME(name, SUFFIX)(const uint8_t *bytes, size_t length) {                                  \
        VECTOR any[8] = {ZERO, ZERO, ZERO, ZERO, ZERO, ZERO, ZERO, ZERO};                                             \
        for (size_t i = 0; i < length; i += 8 * sizeof(VECTOR)) {                                                     \
            for (size_t j = 0; (ahead) != 0 && j < 8 * sizeof(VECTOR); j += 64) {                                     \
                __builtin_prefetch((const void *)((uintptr_t)bytes + i + j + (ahead)), 0, hint);                      \
            }                                                                                                         \
            for (size_t j = 0; j < 8; j++) any[j] = OR(any[j], LOAD(bytes + i + j * sizeof(VECTOR)));                 \
        }                                                                                                             \
        for (size_t j = 1; j < 8; j++) any[0] = OR(any[0], any[j]);                                                   \
        return FIRST(any[0]);                                                                                         \
    }

#define TWO_HALVES(name, ahead)                                                                                       \
    TARGET static uint64_t NAME(name, SUFFIX)(const uint8_t *bytes, size_t length) {                                  \
        VECTOR low = ZERO, high = ZERO;                                                                               \
        const uint8_t *middle = bytes + length / 2;                                                                   \
        for (size_t i = 0; i < length / 2; i += 4 * sizeof(VECTOR)) {                                                 \
            for (size_t j = 0; (ahead) != 0 && j < 4 * sizeof(VECTOR); j += 64) {                                     \
                __builtin_prefetch((const void *)((uintptr_t)bytes + i + j + (ahead)), 0, 3);                         \
                __builtin_prefetch((const void *)((uintptr_t)middle + i + j + (ahead)), 0, 3);                        \
            }                                                                                                         \
            for (size_t j = 0; j < 4; j++) {                                                                          \
                low = OR(low, LOAD(bytes + i + j * sizeof(VECTOR)));                                                  \
                high = OR(high, LOAD(middle + i + j * sizeof(VECTOR)));                                               \
            }                                                                                                         \
        }                                                                                                             \
        return FIRST(OR(low, high));                                                                                  \
    }

#define ALL_WAYS                \
    IN_ORDER(plain_, 0, 3)      \
    IN_ORDER(near_2k_, 2048, 3) \
    IN_ORDER(near_8k_, 8192, 3) \
    IN_ORDER(l2_8k_, 8192, 2)   \
    IN_ORDER(once_8k_, 8192, 0) \
    TWO_HALVES(halves_, 0)      \
    TWO_HALVES(halves_2k_, 2048)

#define LIST_WAYS                                                                                                     \
    {"in order", NAME(plain_, SUFFIX)}, {"in order, prefetch 2 KiB ahead", NAME(near_2k_, SUFFIX)},                   \
        {"in order, prefetch 8 KiB ahead", NAME(near_8k_, SUFFIX)},                                                   \
        {"in order, prefetch 8 KiB ahead to L2", NAME(l2_8k_, SUFFIX)},                                               \
        {"in order, prefetch 8 KiB ahead, non-temporal", NAME(once_8k_, SUFFIX)},                                     \
        {"two halves side by side", NAME(halves_, SUFFIX)},                                                           \
        {"two halves, prefetch 2 KiB ahead", NAME(halves_2k_, SUFFIX)},

#if Q2_X86

#include <immintrin.h>

#define TARGET __attribute__((target("avx2")))
#define SUFFIX avx2
#define VECTOR __m256i
#define ZERO _mm256_setzero_si256()
#define OR(a, b) _mm256_or_si256(a, b)
#define LOAD(bytes) _mm256_loadu_si256((const void *)(bytes))
#define FIRST(any) (uint64_t) _mm256_extract_epi64(_mm256_or_si256(any, _mm256_permute4x64_epi64(any, 0x4E)), 0)
ALL_WAYS
static const bench_read_way ways_avx2[] = {LIST_WAYS};
#undef TARGET
#undef SUFFIX
#undef VECTOR
#undef ZERO
#undef OR
#undef LOAD
#undef FIRST

#define TARGET __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq")))
#define SUFFIX avx512
#define VECTOR __m512i
#define ZERO _mm512_setzero_si512()
#define OR(a, b) _mm512_or_si512(a, b)
#define LOAD(bytes) _mm512_loadu_si512((const void *)(bytes))
#define FIRST(any) (uint64_t) _mm512_reduce_or_epi64(any)
ALL_WAYS
static const bench_read_way ways_avx512[] = {LIST_WAYS};

size_t bench_read_ways(const bench_read_way **ways) {
    const bool wide = (q2_cpu_features() & Q2_CPU_AVX512) != 0;
    *ways = wide ? ways_avx512 : ways_avx2;
    return sizeof ways_avx2 / sizeof *ways_avx2;
}

#else

typedef uint64_t words __attribute__((vector_size(16), aligned(1), may_alias));

#define TARGET
#define SUFFIX portable
#define VECTOR words
#define ZERO {0, 0}
#define OR(a, b) ((a) | (b))
#define LOAD(bytes) (*(const words *)(const void *)(bytes))
#define FIRST(any) (any)[0] | (any)[1]
ALL_WAYS
static const bench_read_way ways_portable[] = {LIST_WAYS};

size_t bench_read_ways(const bench_read_way **ways) {
    *ways = ways_portable;
    return sizeof ways_portable / sizeof *ways_portable;
}

#endif
