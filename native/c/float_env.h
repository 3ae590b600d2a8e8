/* The floating-point environment that section 2 is written for, and the square root in it. */
#ifndef Q2_FLOAT_ENV_H
#define Q2_FLOAT_ENV_H

#include "q2_internal.h"

#if Q2_X86
#include <immintrin.h>
#elif Q2_ARM64
#include <arm_neon.h>
#else
#include <fenv.h>
#include <math.h>
#endif

/* A caller may have set another rounding mode, flush-to-zero, denormals-are-zero, or traps. Entry points that compute call
 * q2_float_env_enter and, at every way out, q2_float_env_leave; the usual environment costs one register read each. */

#if Q2_X86

typedef uint32_t q2_float_env;
enum { Q2_MXCSR_FLAGS = 0x003F, Q2_MXCSR_DEFAULT = 0x1F80 };

Q2_INLINE q2_float_env q2_float_env_enter(void) {
    const uint32_t caller = _mm_getcsr();
    if ((caller & ~(uint32_t)Q2_MXCSR_FLAGS) != Q2_MXCSR_DEFAULT) _mm_setcsr(Q2_MXCSR_DEFAULT);
    return caller;
}

Q2_INLINE void q2_float_env_leave(q2_float_env caller) {
    if ((caller & ~(uint32_t)Q2_MXCSR_FLAGS) != Q2_MXCSR_DEFAULT) _mm_setcsr(caller);
}

/* Four times the same: _mm_set_ss would clear the rest by way of a general register. */
Q2_INLINE float q2_sqrt(float x) { return _mm_cvtss_f32(_mm_sqrt_ps(_mm_set1_ps(x))); }

#elif Q2_ARM64

typedef uint64_t q2_float_env;

/* FPCR is 0 by default: nearest even, no FZ, no traps. Every bit that is set changes something, so every one is cleared. */
Q2_INLINE q2_float_env q2_float_env_enter(void) {
    uint64_t caller;
    __asm__ __volatile__("mrs %0, fpcr" : "=r"(caller) : : "memory");
    if (caller != 0) __asm__ __volatile__("msr fpcr, %0" : : "r"((uint64_t)0) : "memory");
    return caller;
}

Q2_INLINE void q2_float_env_leave(q2_float_env caller) {
    if (caller != 0) __asm__ __volatile__("msr fpcr, %0" : : "r"(caller) : "memory");
}

Q2_INLINE float q2_sqrt(float x) { return vget_lane_f32(vsqrt_f32(vdup_n_f32(x)), 0); }

#else

typedef fenv_t q2_float_env;

Q2_INLINE q2_float_env q2_float_env_enter(void) {
    fenv_t caller;
    feholdexcept(&caller);
    fesetenv(FE_DFL_ENV);
    return caller;
}

Q2_INLINE void q2_float_env_leave(q2_float_env caller) { fesetenv(&caller); }

Q2_INLINE float q2_sqrt(float x) { return sqrtf(x); }

#endif
#endif
