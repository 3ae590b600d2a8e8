/* What the CPU has and the operating system has switched on. Nothing here chooses. */
#include "q2_internal.h"

#if Q2_X86

#include <cpuid.h>

/* Register state that the operating system saves: SSE and AVX, then the mask registers and both halves of ZMM. */
enum { XCR0_YMM = 0x06, XCR0_ZMM = 0xE6 };

/* xgetbv exists where CPUID says OSXSAVE; the intrinsic would need a target flag. */
static uint32_t read_xcr0(void) {
    uint32_t low, high;
    __asm__ __volatile__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    return low;
}

static uint32_t saved_state(void) {
    uint32_t a, b, c, d;
    if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE)) return 0;
    return read_xcr0();
}

static bool has_fma_f16c_popcnt(void) {
    uint32_t a, b, c, d;
    return __get_cpuid(1, &a, &b, &c, &d) && (c & bit_FMA) && (c & bit_F16C) && (c & bit_POPCNT);
}

uint32_t q2_cpu_features(void) {
    const uint32_t state = saved_state();
    const uint32_t avx512_bits = (uint32_t)bit_AVX512F | (uint32_t)bit_AVX512BW | (uint32_t)bit_AVX512VL | (uint32_t)bit_AVX512DQ;
    uint32_t a, b, c, d, features = 0;
    if ((state & XCR0_YMM) != XCR0_YMM || !has_fma_f16c_popcnt() || !__get_cpuid_count(7, 0, &a, &b, &c, &d)) return 0;
    if (!(b & bit_AVX2) || !(b & bit_BMI) || !(b & bit_BMI2)) return 0;
    features |= Q2_CPU_AVX2;
    if ((state & XCR0_ZMM) != XCR0_ZMM || (b & avx512_bits) != avx512_bits) return features;
    features |= Q2_CPU_AVX512;
    if (c & bit_AVX512VNNI) features |= Q2_CPU_VNNI;
    if (c & bit_AVX512VBMI) features |= Q2_CPU_VBMI;
    if (c & bit_AVX512VPOPCNTDQ) features |= Q2_CPU_VPOPCNTDQ;
    return features;
}

#elif Q2_ARM64

/* Advanced SIMD is part of AArch64. */
uint32_t q2_cpu_features(void) { return Q2_CPU_NEON; }

#else

uint32_t q2_cpu_features(void) { return 0; }

#endif
