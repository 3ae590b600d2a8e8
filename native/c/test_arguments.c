/* What the public functions refuse, and that a refusal writes nothing. Also what the golden file leaves out: codes as input,
 * bits beyond n, rows, nearest. */
#include <math.h>

#include "test_check.h"

static const uint8_t canary[8] = {0xA5, 0xA5, 0xA5, 0xA5, 0xA5, 0xA5, 0xA5, 0xA5};

static void refuses_quantise(const void *tensor, size_t seq_len, size_t n, q2_dtype dtype, bool has_packed) {
    uint8_t packed[8];
    uint64_t key = 1;
    uint32_t transitions = 2;
    memcpy(packed, canary, sizeof packed);
    const q2_status status = q2_quantise(tensor, seq_len, n, dtype, has_packed ? packed : NULL, &key, &transitions);
    CHECK(status == Q2_ERR_ARGUMENT, "n %zu seq_len %zu dtype %d: %d", n, seq_len, (int)dtype, (int)status);
    CHECK(memcmp(packed, canary, sizeof packed) == 0 && key == 1 && transitions == 2, "a refusal wrote");
}

static void test_quantise_arguments(void) {
    const float row[4] = {1, 2, 3, 4};
    refuses_quantise(NULL, 1, 4, Q2_FP32, true);
    refuses_quantise(row, 1, 4, Q2_FP32, false);
    refuses_quantise(row, 1, 0, Q2_FP32, true);
    refuses_quantise(row, 1, Q2_MAX_DIM + 1, Q2_FP32, true);
    refuses_quantise(row, 1, SIZE_MAX, Q2_FP32, true);
    refuses_quantise(row, 0, 4, Q2_FP32, true);
    refuses_quantise(row, SIZE_MAX / 8, 4, Q2_FP32, true);
    refuses_quantise(row, SIZE_MAX, 1, Q2_FP16, true);
    refuses_quantise(row, 1, 3, Q2_Q4, true);
    refuses_quantise(row, 1, 4, (q2_dtype)6, true);
    refuses_quantise(row, 1, 4, (q2_dtype)-1, true);
    refuses_quantise(row, 1, 0, Q2_Q2, true);
}

static void test_codes_as_input(void) {
    const uint8_t code[2] = {0xE4, 0xFF};
    for (size_t n = 5; n <= 8; n++) {
        uint8_t packed[8];
        memcpy(packed, canary, sizeof packed);
        CHECK(q2_quantise(code, 0, n, Q2_Q2, packed, NULL, NULL) == Q2_OK, "n %zu", n);
        const uint8_t last[] = {0xC0, 0xF0, 0xFC, 0xFF};
        CHECK(packed[0] == 0xE4 && packed[1] == last[n - 5] && packed[2] == 0xA5, "n %zu: %02x %02x", n, packed[0], packed[1]);
    }
}

/* D A B C C: Gray 10 00 01 11 11, then dirt. R = D A B C, so key 3 0 1 2 and 4 transitions. */
static void test_bits_beyond_n(void) {
    const uint8_t clean[2] = {0x87, 0xC0}, dirty[2] = {0x87, 0xEA};
    uint64_t key;
    uint32_t transitions, distance;
    CHECK(q2_key(dirty, 5, &key, &transitions) == Q2_OK, "key");
    CHECK(key == UINT64_C(0xC6) << 56 && transitions == 4, "%016llx %u", (unsigned long long)key, transitions);
    CHECK(q2_lee_distance(clean, dirty, 5, &distance) == Q2_OK && distance == 0, "distance %u", distance);
    CHECK(q2_lee_distance(clean, dirty, 8, &distance) == Q2_OK && distance == 3, "distance %u", distance);
}

static void test_key_arguments(void) {
    const uint8_t code[1] = {0};
    uint64_t key = 1;
    uint32_t number = 2;
    CHECK(q2_key(NULL, 4, &key, &number) == Q2_ERR_ARGUMENT, "NULL");
    CHECK(q2_key(code, 0, &key, &number) == Q2_ERR_ARGUMENT, "n 0");
    CHECK(q2_key(code, Q2_MAX_DIM + 1, &key, &number) == Q2_ERR_ARGUMENT, "n too large");
    CHECK(key == 1 && number == 2, "a refusal wrote");
    CHECK(q2_key(code, 4, NULL, NULL) == Q2_OK, "both outputs left out");
}

static void test_rows(void) {
    const float rows[3][4] = {{1, -1, 0.01f, -0.01f}, {1, HUGE_VALF, 0, 0}, {-1, -1, -1, -1}};
    uint8_t packed[12], status[3];
    uint64_t keys[3] = {9, 9, 9};
    uint32_t transitions[3] = {9, 9, 9};
    memset(packed, 0xA5, sizeof packed);
    CHECK(q2_quantise_rows(rows, 15, 3, 4, Q2_FP32, packed, 4, keys, transitions, status) == Q2_ERR_ARGUMENT, "row_stride");
    CHECK(q2_quantise_rows(rows, 16, 3, 4, Q2_FP32, packed, 0, keys, transitions, status) == Q2_ERR_ARGUMENT, "packed_stride");
    CHECK(q2_quantise_rows(NULL, 16, 3, 4, Q2_FP32, packed, 4, keys, transitions, status) == Q2_ERR_ARGUMENT, "rows NULL");
    CHECK(q2_quantise_rows(rows, SIZE_MAX / 2, 4, 4, Q2_FP32, packed, 4, NULL, NULL, NULL) == Q2_ERR_ARGUMENT, "overflow");
    CHECK(packed[0] == 0xA5 && keys[0] == 9 && transitions[0] == 9, "a refusal wrote");
    CHECK(q2_quantise_rows(NULL, 16, 0, 4, Q2_FP32, NULL, 4, NULL, NULL, NULL) == Q2_OK, "count 0");

    CHECK(q2_quantise_rows(rows, 16, 3, 4, Q2_FP32, packed, 4, keys, transitions, status) == Q2_ERR_NOT_FINITE, "infinity");
    CHECK(status[0] == Q2_OK && status[1] == Q2_ERR_NOT_FINITE && status[2] == Q2_OK, "status");
    CHECK(packed[0] == 0x8D && packed[4] == 0 && packed[8] == 0, "%02x %02x %02x", packed[0], packed[4], packed[8]);
    CHECK(packed[1] == 0xA5 && packed[5] == 0xA5 && packed[9] == 0xA5, "bytes between codes");
    CHECK(keys[0] == UINT64_C(0xC9) << 56 && keys[1] == 0 && keys[2] == 0, "%016llx", (unsigned long long)keys[0]);
    CHECK(transitions[0] == 4 && transitions[1] == 0 && transitions[2] == 1, "transitions");
}

static void test_lee_arguments(void) {
    const uint8_t codes[4] = {0, 1, 3, 7};
    uint32_t distances[4] = {9, 9, 9, 9};
    uint64_t ids[4] = {9, 9, 9, 9};
    size_t found = 9;
    CHECK(q2_lee_distance(NULL, codes, 4, distances) == Q2_ERR_ARGUMENT, "a");
    CHECK(q2_lee_distance(codes, codes, 0, distances) == Q2_ERR_ARGUMENT, "n");
    CHECK(q2_lee_distance(codes, codes, 4, NULL) == Q2_ERR_ARGUMENT, "distance");
    CHECK(q2_lee_distances(codes, codes, 0, 4, 4, distances) == Q2_ERR_ARGUMENT, "stride");
    CHECK(q2_lee_distances(codes, codes, SIZE_MAX, 4, 4, distances) == Q2_ERR_ARGUMENT, "overflow");
    CHECK(q2_lee_distances(NULL, NULL, 1, 0, 4, NULL) == Q2_OK, "count 0");
    CHECK(q2_lee_nearest(codes, codes, 1, 4, 4, 0, ids, distances, &found) == Q2_ERR_ARGUMENT, "k 0");
    CHECK(q2_lee_nearest(codes, codes, 1, 4, 4, Q2_MAX_NEAREST + 1, ids, distances, &found) == Q2_ERR_ARGUMENT, "k");
    CHECK(q2_lee_nearest(codes, codes, 1, 4, 4, 1, ids, distances, NULL) == Q2_ERR_ARGUMENT, "found");
    CHECK(q2_lee_nearest(codes, codes, 1, 4, 4, 1, NULL, distances, &found) == Q2_ERR_ARGUMENT, "ids");
    CHECK(distances[0] == 9 && ids[0] == 9 && found == 9, "a refusal wrote");
    CHECK(q2_lee_nearest(NULL, NULL, 1, 0, 4, 1, NULL, NULL, &found) == Q2_OK && found == 0, "count 0");
}

/* More codes than a block of the scan, few distinct distances, so most are ties: against a sort by (distance, index). */
static void test_nearest(void) {
    enum { COUNT = 1000, K = 300 };
    static uint8_t codes[COUNT][3];
    uint64_t ids[K];
    uint32_t distances[K], all[COUNT];
    size_t found;
    uint32_t random = 1;
    for (size_t i = 0; i < COUNT; i++) {
        for (size_t j = 0; j < 3; j++) codes[i][j] = (uint8_t)((random = random * 1664525u + 1013904223u) >> 24);
    }
    CHECK(q2_lee_distances(codes[0], codes[0], 3, COUNT, 10, all) == Q2_OK, "distances");
    CHECK(q2_lee_nearest(codes[0], codes[0], 3, COUNT, 10, K, ids, distances, &found) == Q2_OK && found == K, "nearest");
    size_t next = 0;
    for (uint32_t distance = 0; next < K; distance++) {
        for (size_t i = 0; i < COUNT && next < K; i++) {
            if (all[i] != distance) continue;
            CHECK(ids[next] == i && distances[next] == distance, "place %zu: %llu", next, (unsigned long long)ids[next]);
            next++;
        }
    }
    CHECK(q2_lee_nearest(codes[0], codes[0], 3, 5, 10, K, ids, distances, &found) == Q2_OK && found == 5, "k > count");
}

static void test_isa(void) {
    const char *before = q2_isa();
    CHECK(q2_force_isa("sse9") == Q2_ERR_ARGUMENT && q2_isa() == before, "unknown name");
#if Q2_X86
    CHECK(q2_force_isa("neon") == Q2_ERR_UNSUPPORTED && q2_isa() == before, "absent from the build");
#else
    CHECK(q2_force_isa("avx2") == Q2_ERR_UNSUPPORTED && q2_isa() == before, "absent from the build");
#endif
    CHECK(q2_force_isa("scalar") == Q2_OK && strcmp(q2_isa(), "scalar") == 0, "scalar");
    CHECK(q2_force_isa(NULL) == Q2_OK, "best");
    CHECK(strcmp(q2_version(), Q2_VERSION) == 0 && q2_abi_version() == Q2_ABI_VERSION, "version");
    CHECK(strcmp(q2_status_text((q2_status)99), "unknown status") == 0, "status text");
}

int main(void) {
    size_t i = 0;
    check_required();
    test_isa();
    for (const q2_kernel *kernel; (kernel = next_kernel(&i)) != NULL;) {
        q2_use_kernel(kernel);
        test_quantise_arguments();
        test_codes_as_input();
        test_bits_beyond_n();
        test_key_arguments();
        test_rows();
        test_lee_arguments();
        test_nearest();
    }
    return 0;
}
