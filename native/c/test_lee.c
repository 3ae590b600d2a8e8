/* Lee distance and nearest codes on every ISA against the definition on the circle, with dirty bits beyond n, all strides, ties and every k. */
#include "test_reference.h"
#include "test_isa.h"
#include "test_memory.h"
#include "random_rows.h"

enum { MOST = 300, LONGEST = 4100, STRIDE = LONGEST / 4 + 9 };

typedef struct {
    uint32_t distance;
    uint64_t id;
} neighbour;

static guarded query_memory, codes_memory;
static uint32_t distances[MOST], near_distances[MOST];
static uint64_t ids[MOST];
static const char *isa_now;

static void fail(size_t n, size_t count, size_t k, const char *what) {
    printf("%s n %zu count %zu k %zu: %s\n", isa_now, n, count, k, what);
    exit(1);
}

static void fill_random(uint8_t *bytes, size_t count, uint64_t *state) {
    for (size_t i = 0; i < count; i++)
        bytes[i] = (uint8_t)random_next(state);
}

/* Few different codes, so that ties are the rule. */
static void fill_repeating(uint8_t *codes, size_t stride, size_t count, size_t length, uint64_t *state) {
    fill_random(codes, length, state);
    for (size_t i = 1; i < count; i++) {
        memcpy(codes + i * stride, codes + (random_next(state) % i) * stride, length);
        if (random_next(state) % 4 == 0)
            codes[i * stride + random_next(state) % length] ^= 1;
    }
}

static int by_distance_then_id(const void *a, const void *b) {
    const neighbour *x = a, *y = b;
    if (x->distance != y->distance)
        return x->distance < y->distance ? -1 : 1;
    return x->id < y->id ? -1 : x->id > y->id;
}

static void check_nearest(const uint8_t *query, const uint8_t *codes, size_t stride, size_t count, size_t n, size_t k, const neighbour *sorted) {
    size_t found = 77, want = k < count ? k : count;
    memset(ids, 0xEE, sizeof ids);
    if (q2_lee_nearest(query, codes, stride, count, n, k, ids, near_distances, &found) != Q2_OK || found != want)
        fail(n, count, k, "nearest: status or found");
    for (size_t i = 0; i < want; i++)
        if (ids[i] != sorted[i].id || near_distances[i] != sorted[i].distance)
            fail(n, count, k, "nearest: another neighbour");
}

/* The definition's distances, in all[]; pair and one-to-many agree with them. */
static void check_distances(const uint8_t *query, const uint8_t *codes, size_t stride, size_t count, size_t n, neighbour *all) {
    if (q2_lee_distances(query, codes, stride, count, n, distances) != Q2_OK)
        fail(n, count, 0, "distances: status");
    for (size_t i = 0; i < count; i++) {
        uint32_t pair = ~0u;
        all[i] = (neighbour){slow_lee(query, codes + i * stride, n), i};
        if (q2_lee_distance(query, codes + i * stride, n, &pair) != Q2_OK || pair != all[i].distance)
            fail(n, count, 0, "pair distance");
        if (distances[i] != all[i].distance)
            fail(n, count, 0, "distances");
    }
}

/* The codes end at a guard page; the last one has no padding after it. */
static void check_set(size_t n, size_t extra, size_t count, uint64_t *state) {
    size_t length = (n + 3) / 4, stride = length + extra;
    uint8_t *query = guarded_end(query_memory, length);
    uint8_t *codes = guarded_end(codes_memory, count == 0 ? 0 : (count - 1) * stride + length);
    fill_random(query, length, state);
    if (random_next(state) % 2)
        for (size_t i = 0; i < count; i++)
            fill_random(codes + i * stride, length, state);
    else if (count > 0)
        fill_repeating(codes, stride, count, length, state);
    neighbour all[MOST];
    check_distances(query, codes, stride, count, n, all);
    qsort(all, count, sizeof *all, by_distance_then_id);
    static const size_t ks[] = {1, 2, 3, 10, 64, MOST - 1};
    for (size_t i = 0; i < sizeof ks / sizeof *ks; i++)
        check_nearest(query, codes, stride, count, n, ks[i], all);
}

static void check_isa(const char *isa) {
    isa_now = isa;
    uint64_t state = 6;
    for (size_t n = 1; n <= 1100; n++)
        check_set(n, n % 9, n % 19, &state);
    for (size_t n = 1024; n <= 4096; n *= 2)
        for (size_t count = 0; count < MOST; count += 37)
            for (size_t d = 0; d < 5; d++)
                check_set(n - 2 + d, d == 2 ? 0 : d, count, &state);
}

int main(void) {
    query_memory = guarded_new(LONGEST / 4 + 1);
    codes_memory = guarded_new((size_t)MOST * STRIDE);
    return each_isa(check_isa);
}
