/* Quantise with AVX-512 F, BW, VL, DQ and VNNI: one instruction for a weighted sum of four bytes. */
#include "q2_internal.h"

#if Q2_X86

#define Q2_AVX512 __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx2,fma,bmi,bmi2,popcnt")))
#define Q2_VNNI 1
#include "quantise_avx512_kernel.h"

const q2_quantise_table q2_quantise_avx512_vnni = {
    .dtype =
        {
            [Q2_FP32] = {bounds_fp32, q2_avx512_refined_fp32, q2_avx2_pinned_sum_fp32, classify_fp32},
            [Q2_FP16] = {bounds_fp16, q2_avx512_refined_fp16, q2_scalar_pinned_sum_fp16, classify_half},
            [Q2_Q8] = {bounds_q8, NULL, q2_scalar_pinned_sum_q8, classify_q8},
            [Q2_Q4] = {bounds_q4, NULL, q2_scalar_pinned_sum_q4, classify_q4},
            [Q2_BF16] = {bounds_bf16, q2_avx512_refined_bf16, q2_scalar_pinned_sum_bf16, classify_half},
        },
    .key = q2_avx2_key,
    .transitions = q2_avx512_transitions,
    .any_tiny = any_tiny,
};

#else
typedef int q2_no_avx512_on_this_machine;
#endif
