/* Eight scores, from eight products and eight numbers of weak symbols; for the AVX2 and AVX-512 files of dot_kernel.h. */
typedef __m256i eight;

/* n + 15 strong, as binary32; at most 2^24. */
Q2_DOT_TARGET Q2_INLINE __m256 squares(__m256i weak, size_t n) {
    const __m256i fifteen = _mm256_sub_epi32(_mm256_slli_epi32(weak, 4), weak);
    return _mm256_cvtepi32_ps(_mm256_sub_epi32(_mm256_set1_epi32(16 * (int32_t)n), fifteen));
}

Q2_DOT_TARGET Q2_INLINE __m256 products(__m256i product, int32_t bias) {
    return _mm256_cvtepi32_ps(_mm256_sub_epi32(product, _mm256_set1_epi32(bias)));
}

/* With the processor's estimate of the reciprocal root, whose relative error is below 1.5 * 2^-12: a score that lies above the
 * limit is not estimated 2^-10 of the limit below it. */
Q2_DOT_TARGET Q2_INLINE bool any_above(__m256i product, int32_t bias, __m256i weak, size_t n, float limit) {
    const float lower = limit - 0x1p-10f * (limit < 0 ? -limit : limit);
    const __m256 estimate = _mm256_mul_ps(products(product, bias), _mm256_rsqrt_ps(squares(weak, n)));
    return _mm256_movemask_ps(_mm256_cmp_ps(estimate, _mm256_set1_ps(lower), _CMP_GT_OQ)) != 0;
}

Q2_DOT_TARGET Q2_INLINE void store_scores(__m256i product, int32_t bias, __m256i weak, size_t n, float *scores) {
    _mm256_storeu_ps(scores, _mm256_div_ps(products(product, bias), _mm256_sqrt_ps(squares(weak, n))));
}
