/* The best that is known for reading and squaring a row, by instruction set. */
#include "bench_yardstick.h"

#if Q2_X86

#include <immintrin.h>

#define Q2_AVX2 __attribute__((target("avx2,fma")))
#define Q2_AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,fma")))

Q2_AVX512 Q2_INLINE float norm_512(const uint8_t *row, size_t n, size_t chains) {
    __m512 a[8];
    float sum = 0;
    size_t d = 0;
    for (size_t j = 0; j < chains; j++) a[j] = _mm512_setzero_ps();
    for (; d + 16 * chains <= n; d += 16 * chains) {
        for (size_t j = 0; j < chains; j++) {
            const __m512 x = _mm512_loadu_ps((const void *)(row + 4 * d + 64 * j));
            a[j] = _mm512_fmadd_ps(x, x, a[j]);
        }
    }
    for (; d + 16 <= n; d += 16) {
        const __m512 x = _mm512_loadu_ps((const void *)(row + 4 * d));
        a[0] = _mm512_fmadd_ps(x, x, a[0]);
    }
    for (size_t width = chains / 2; width > 0; width /= 2) {
        for (size_t j = 0; j < width; j++) a[j] = _mm512_add_ps(a[j], a[j + width]);
    }
    for (; d < n; d++) {
        float x;
        memcpy(&x, row + 4 * d, sizeof x);
        sum += x * x;
    }
    return sum + _mm512_reduce_add_ps(a[0]);
}

Q2_AVX2 Q2_INLINE float norm_256(const uint8_t *row, size_t n, size_t chains) {
    __m256 a[8];
    float sum = 0, part[8];
    size_t d = 0;
    for (size_t j = 0; j < chains; j++) a[j] = _mm256_setzero_ps();
    for (; d + 8 * chains <= n; d += 8 * chains) {
        for (size_t j = 0; j < chains; j++) {
            const __m256 x = _mm256_loadu_ps((const void *)(row + 4 * d + 32 * j));
            a[j] = _mm256_fmadd_ps(x, x, a[j]);
        }
    }
    for (; d + 8 <= n; d += 8) {
        const __m256 x = _mm256_loadu_ps((const void *)(row + 4 * d));
        a[0] = _mm256_fmadd_ps(x, x, a[0]);
    }
    for (size_t width = chains / 2; width > 0; width /= 2) {
        for (size_t j = 0; j < width; j++) a[j] = _mm256_add_ps(a[j], a[j + width]);
    }
    for (; d < n; d++) {
        float x;
        memcpy(&x, row + 4 * d, sizeof x);
        sum += x * x;
    }
    _mm256_storeu_ps(part, a[0]);
    return sum + ((part[0] + part[4]) + (part[1] + part[5])) + ((part[2] + part[6]) + (part[3] + part[7]));
}

Q2_AVX512 static float norm_512_2(const uint8_t *row, size_t n) { return norm_512(row, n, 2); }
Q2_AVX512 static float norm_512_4(const uint8_t *row, size_t n) { return norm_512(row, n, 4); }
Q2_AVX512 static float norm_512_8(const uint8_t *row, size_t n) { return norm_512(row, n, 8); }
Q2_AVX2 static float norm_256_2(const uint8_t *row, size_t n) { return norm_256(row, n, 2); }
Q2_AVX2 static float norm_256_4(const uint8_t *row, size_t n) { return norm_256(row, n, 4); }
Q2_AVX2 static float norm_256_8(const uint8_t *row, size_t n) { return norm_256(row, n, 8); }

wide_norm bench_wide_norm(const q2_kernel *kernel, size_t variant) {
    static const wide_norm avx512[WIDE_NORMS] = {norm_512_2, norm_512_4, norm_512_8};
    static const wide_norm avx2[WIDE_NORMS] = {norm_256_2, norm_256_4, norm_256_8};
    if (strcmp(kernel->isa, "avx512") == 0) return avx512[variant];
    return strcmp(kernel->isa, "avx2") == 0 ? avx2[variant] : NULL;
}

#define Q2_VPOPCNTDQ __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vpopcntdq")))

Q2_VPOPCNTDQ static uint64_t count_512(const uint8_t *codes, size_t bytes) {
    enum { MAJORITY = 0xD4 };
    __m512i query[COUNT_QUERIES][3], odds[COUNT_QUERIES], mosts[COUNT_QUERIES];
#pragma GCC unroll 4
    for (int q = 0; q < COUNT_QUERIES; q++) {
        odds[q] = mosts[q] = _mm512_setzero_si512();
#pragma GCC unroll 3
        for (int i = 0; i < 3; i++) query[q][i] = _mm512_set1_epi64(0x123456789 << (3 * q + i));
    }
    for (size_t at = 0; at < bytes; at += COUNT_BYTES) {
        __m512i word[3];
#pragma GCC unroll 3
        for (int i = 0; i < 3; i++) {
            word[i] = _mm512_loadu_si512((const void *)(codes + at + 64 * (size_t)i));
            __asm__("" : "+v"(word[i])); /* loaded once */
        }
#pragma GCC unroll 4
        for (int q = 0; q < COUNT_QUERIES; q++) {
            const __m512i x = _mm512_xor_si512(word[0], query[q][0]), y = _mm512_xor_si512(word[1], query[q][1]);
            const __m512i odd = _mm512_xor_si512(word[2], query[q][2]);
            odds[q] = _mm512_add_epi64(odds[q], _mm512_popcnt_epi64(odd));
            mosts[q] = _mm512_add_epi64(mosts[q], _mm512_popcnt_epi64(_mm512_ternarylogic_epi64(x, y, odd, MAJORITY)));
        }
    }
    for (int q = 1; q < COUNT_QUERIES; q++) {
        odds[0] = _mm512_add_epi64(odds[0], odds[q]);
        mosts[0] = _mm512_add_epi64(mosts[0], mosts[q]);
    }
    return (uint64_t)_mm512_reduce_add_epi64(_mm512_add_epi64(odds[0], mosts[0]));
}

count_limit bench_count_limit(const q2_kernel *kernel) {
    return (kernel->features & Q2_CPU_VPOPCNTDQ) != 0 ? count_512 : NULL;
}

#else

count_limit bench_count_limit(const q2_kernel *kernel) {
    (void)kernel;
    return NULL;
}

wide_norm bench_wide_norm(const q2_kernel *kernel, size_t variant) {
    (void)kernel;
    (void)variant;
    return NULL;
}

#endif
