/* A libq2 that does nothing but remember the addresses it was given: the bindings' tests link it in libq2's place, to see that C gets the caller's own memory. */
#include <stddef.h>
#include <stdint.h>

const void *q2_recorded[4];

static int record(const void *a, const void *b, const void *c, const void *d) {
    q2_recorded[0] = a;
    q2_recorded[1] = b;
    q2_recorded[2] = c;
    q2_recorded[3] = d;
    return 0;
}

int q2_quantise(const void *tensor, size_t seq_len, size_t n, int dtype, uint8_t *packed, uint64_t *key, uint32_t *transitions) {
    (void)seq_len, (void)n, (void)dtype;
    return record(tensor, packed, key, transitions);
}
int q2_quantise_rows(const void *rows, size_t row_stride, size_t count, size_t n, int dtype, uint8_t *packed, size_t packed_stride, uint64_t *keys,
                     uint32_t *transitions, uint8_t *row_status) {
    (void)row_stride, (void)count, (void)n, (void)dtype, (void)packed_stride, (void)transitions;
    return record(rows, packed, keys, row_status);
}
int q2_key(const uint8_t *packed, size_t n, uint64_t *key, uint32_t *transitions) {
    (void)n;
    return record(packed, key, transitions, NULL);
}
int q2_lee_distance(const uint8_t *a, const uint8_t *b, size_t n, uint32_t *distance) {
    (void)n;
    return record(a, b, distance, NULL);
}
int q2_lee_distances(const uint8_t *query, const uint8_t *codes, size_t stride, size_t count, size_t n, uint32_t *distances) {
    (void)stride, (void)count, (void)n;
    return record(query, codes, distances, NULL);
}
int q2_lee_nearest(const uint8_t *query, const uint8_t *codes, size_t stride, size_t count, size_t n, size_t k, uint64_t *ids, uint32_t *distances, size_t *found) {
    (void)stride, (void)count, (void)n, (void)k;
    *found = 0;
    return record(query, codes, ids, distances);
}
int q2_lee_nearest_many(const uint8_t *queries, size_t query_stride, size_t query_count, const uint8_t *codes, size_t stride, size_t count, size_t n, size_t k,
                        uint64_t *ids, uint32_t *distances, size_t *found) {
    (void)query_stride, (void)query_count, (void)stride, (void)count, (void)n, (void)k;
    *found = 0;
    return record(queries, codes, ids, distances);
}
const char *q2_status_text(int status) {
    (void)status;
    return "recorded";
}
const char *q2_version(void) { return "recorder"; }
const char *q2_isa(void) { return "recorder"; }
int q2_force_isa(const char *name) {
    (void)name;
    return 0;
}
