/* q2_lee_distance, q2_lee_distances, q2_lee_nearest and q2_lee_nearest_many: any bytes as codes with any stride, every kernel against the
 * definition. */
#include "fuzz_input.h"

typedef struct {
    size_t n, length, count, stride, k;
    const uint8_t *query, *codes;
    const uint32_t *want; /* count distances from the definition */
    size_t queries;       /* the first codes, as queries of q2_lee_nearest_many */
    const uint32_t *want_many; /* [queries x count] */
} problem;

/* Each result is not after its follower in (distance, id), and no code left out comes before the last one. */
static void check_nearest(const problem *p, const uint64_t *ids, const uint32_t *distances, size_t found) {
    FUZZ_CHECK(found == (p->k < p->count ? p->k : p->count));
    for (size_t i = 0; i < found; i++) {
        FUZZ_CHECK(ids[i] < p->count && distances[i] == p->want[ids[i]]);
        if (i > 0) FUZZ_CHECK(distances[i - 1] < distances[i] || (distances[i - 1] == distances[i] && ids[i - 1] < ids[i]));
    }
    size_t before_last = 0;
    for (size_t j = 0; found > 0 && j < p->count; j++) {
        before_last += p->want[j] < distances[found - 1] || (p->want[j] == distances[found - 1] && j < ids[found - 1]);
    }
    FUZZ_CHECK(found == 0 || before_last == found - 1);
}

static void want_distances(const problem *p, const uint8_t *query, uint32_t *want) {
    for (size_t i = 0; i < p->count; i++) want[i] = slow_lee(query, p->codes + i * p->stride, p->n);
}

static void many_on_kernel(const problem *p) {
    uint64_t *ids = (uint64_t *)(void *)fuzz_output(8 * p->k * p->queries);
    uint32_t *distances = (uint32_t *)(void *)fuzz_output(4 * p->k * p->queries);
    size_t found = 0;
    FUZZ_CHECK(q2_lee_nearest_many(p->codes, p->stride, p->queries, p->codes, p->stride, p->count, p->n, p->k, ids, distances, &found) == Q2_OK);
    for (size_t j = 0; j < p->queries; j++) {
        problem one = *p;
        one.want = p->want_many + j * p->count;
        check_nearest(&one, ids + j * p->k, distances + j * p->k, found);
    }
    free(distances);
    free(ids);
}

static void on_kernel(const problem *p) {
    uint32_t *distances = (uint32_t *)(void *)fuzz_output(4 * p->count);
    FUZZ_CHECK(q2_lee_distances(p->query, p->codes, p->stride, p->count, p->n, distances) == Q2_OK);
    FUZZ_CHECK(memcmp(distances, p->want, 4 * p->count) == 0);
    for (size_t i = 0; i < p->count; i++) {
        uint32_t pair = 0;
        FUZZ_CHECK(q2_lee_distance(p->query, p->codes + i * p->stride, p->n, &pair) == Q2_OK && pair == p->want[i]);
    }
    free(distances);
    uint64_t *ids = (uint64_t *)(void *)fuzz_output(8 * p->k);
    uint32_t *near_distances = (uint32_t *)(void *)fuzz_output(4 * p->k);
    size_t found = 0;
    FUZZ_CHECK(q2_lee_nearest(p->query, p->codes, p->stride, p->count, p->n, p->k, ids, near_distances, &found) == Q2_OK);
    check_nearest(p, ids, near_distances, found);
    free(near_distances);
    free(ids);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    fuzz_input in = {data, size};
    problem p = {.n = fuzz_word(&in) % 1024 + 1, .count = fuzz_byte(&in) % 64, .k = fuzz_byte(&in) % 80 + 1};
    p.length = (p.n + 3) / 4;
    p.stride = p.length + fuzz_byte(&in) % 70;
    uint8_t *query = fuzz_copy(&in, p.length);
    uint8_t *codes = fuzz_copy(&in, p.count == 0 ? 0 : (p.count - 1) * p.stride + p.length);
    uint32_t *want = (uint32_t *)(void *)fuzz_output(4 * p.count);
    p.query = query, p.codes = codes, p.want = want;
    want_distances(&p, query, want);
    p.queries = p.count < 5 ? p.count : 5;
    uint32_t *want_many = (uint32_t *)(void *)fuzz_output(4 * p.queries * p.count);
    for (size_t j = 0; j < p.queries; j++) want_distances(&p, codes + j * p.stride, want_many + j * p.count);
    p.want_many = want_many;
    size_t i = 0;
    for (const q2_kernel *kernel; (kernel = next_kernel(&i)) != NULL;) {
        q2_use_kernel(kernel);
        on_kernel(&p);
        many_on_kernel(&p);
    }
    free(want_many);
    free(want);
    free(codes);
    free(query);
    return 0;
}
