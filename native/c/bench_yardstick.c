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

#else

wide_norm bench_wide_norm(const q2_kernel *kernel, size_t variant) {
    (void)kernel;
    (void)variant;
    return NULL;
}

#endif
