/* q2_l1_distance and q2_l1_distances: arguments, then the kernel (section 10). */
#include "q2_internal.h"

q2_status q2_l1_distance(const uint8_t *a, const uint8_t *b, size_t n, uint32_t *distance) {
    if (a == NULL || b == NULL || distance == NULL || n < 1 || n > Q2_MAX_DIM) return Q2_ERR_ARGUMENT;
    *distance = q2_active_kernel()->l1->pair(a, b, n);
    return Q2_OK;
}

q2_status q2_l1_distances(const uint8_t *query, const uint8_t *codes, size_t stride, size_t count, size_t n,
                          uint32_t *distances) {
    if (!q2_codes_ok(stride, count, n)) return Q2_ERR_ARGUMENT;
    if (count == 0) return Q2_OK;
    if (query == NULL || codes == NULL || distances == NULL) return Q2_ERR_ARGUMENT;
    q2_active_kernel()->l1->many(query, codes, stride, count, n, distances);
    return Q2_OK;
}
