/* The bridge between Node.js (Node-API 8) and libq2.
 *
 * lib/index.js is the interface: it checks arguments and words the errors. This file only turns typed arrays into the addresses of
 * their memory, makes sure that what libq2 will touch lies inside them, and returns libq2's status. Small results (key, transitions,
 * distance, found) go through `scratch`, a few words that JavaScript reads directly: cheaper than to make values here. */
#include <node_api.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "q2.h"

enum { MAX_ARGUMENTS = 11 };

/* One per environment, since worker threads load the addon again. The words are those of the ArrayBuffer `scratch`. */
struct scratch {
    uint64_t key, found;
    uint32_t transitions, distance;
};

struct call {
    napi_env env;
    napi_value argument[MAX_ARGUMENTS];
    struct scratch *scratch;
};

struct view {
    uint8_t *data; /* NULL where the argument is no typed array */
    size_t bytes;
};

static struct call begin(napi_env env, napi_callback_info info) {
    struct call c = {.env = env};
    size_t count = MAX_ARGUMENTS;
    void *data = NULL;
    napi_get_cb_info(env, info, &count, c.argument, NULL, &data);
    c.scratch = data;
    return c;
}

static size_t element_bytes(napi_typedarray_type type) {
    switch (type) {
    case napi_int8_array:
    case napi_uint8_array:
    case napi_uint8_clamped_array: return 1;
    case napi_int16_array:
    case napi_uint16_array: return 2;
    case napi_int32_array:
    case napi_uint32_array:
    case napi_float32_array: return 4;
    case napi_float64_array:
    case napi_bigint64_array:
    case napi_biguint64_array: return 8;
    default: return 0;
    }
}

static struct view view_at(const struct call *c, int i) {
    napi_typedarray_type type;
    size_t length;
    void *data;
    if (napi_get_typedarray_info(c->env, c->argument[i], &type, &length, &data, NULL, NULL) != napi_ok) return (struct view){NULL, 0};
    return (struct view){data, length * element_bytes(type)};
}

/* A number that is no size becomes SIZE_MAX, which libq2 and fits() refuse. */
static size_t size_at(const struct call *c, int i) {
    int64_t value;
    if (napi_get_value_int64(c->env, c->argument[i], &value) != napi_ok || value < 0) return SIZE_MAX;
    return (size_t)value;
}

static bool flag_at(const struct call *c, int i) {
    bool value = false;
    return napi_get_value_bool(c->env, c->argument[i], &value) == napi_ok && value;
}

static napi_value number(const struct call *c, int32_t value) {
    napi_value result = NULL;
    napi_create_int32(c->env, value, &result);
    return result;
}

/* Whether count items of width bytes, stride apart, lie inside the view. */
static bool fits(struct view v, size_t stride, size_t count, size_t width) {
    if (count == 0) return true;
    if (v.data == NULL || v.bytes < width) return false;
    return count == 1 || (stride != 0 && count - 1 <= (v.bytes - width) / stride);
}

/* n beyond its limits gives 0, which no call accepts. */
static size_t row_bytes(size_t n, q2_dtype dtype) {
    if (n > Q2_MAX_DIM) return 0;
    switch (dtype) {
    case Q2_FP32: return 4 * n;
    case Q2_FP16:
    case Q2_BF16: return 2 * n;
    case Q2_Q8: return n;
    case Q2_Q4: return n / 2;
    case Q2_Q2: return (n + 3) / 4;
    }
    return 0;
}

static size_t code_bytes(size_t n) { return row_bytes(n, Q2_Q2); }

/* quantise(tensor, seqLen, n, dtype, packed, wantTransitions) */
static napi_value quantise(napi_env env, napi_callback_info info) {
    struct call c = begin(env, info);
    struct view tensor = view_at(&c, 0), packed = view_at(&c, 4);
    size_t seq_len = size_at(&c, 1), n = size_at(&c, 2);
    q2_dtype dtype = (q2_dtype)size_at(&c, 3);
    size_t row = row_bytes(n, dtype), read = dtype == Q2_Q2 ? 1 : seq_len;
    if (!fits(tensor, row, read, row) || !fits(packed, 0, 1, code_bytes(n))) return number(&c, Q2_ERR_ARGUMENT);
    uint32_t *transitions = flag_at(&c, 5) ? &c.scratch->transitions : NULL;
    return number(&c, q2_quantise(tensor.data, seq_len, n, dtype, packed.data, &c.scratch->key, transitions));
}

/* quantiseRows(rows, rowStride, count, n, dtype, packed, packedStride, keys, transitions, rowStatus) */
static napi_value quantise_rows(napi_env env, napi_callback_info info) {
    struct call c = begin(env, info);
    struct view rows = view_at(&c, 0), packed = view_at(&c, 5), keys = view_at(&c, 7), transitions = view_at(&c, 8), status = view_at(&c, 9);
    size_t row_stride = size_at(&c, 1), count = size_at(&c, 2), n = size_at(&c, 3), packed_stride = size_at(&c, 6);
    q2_dtype dtype = (q2_dtype)size_at(&c, 4);
    if (!fits(rows, row_stride, count, row_bytes(n, dtype)) || !fits(packed, packed_stride, count, code_bytes(n)) ||
        !fits(keys, 8, count, 8) || !fits(transitions, 4, count, 4) || !fits(status, 1, count, 1))
        return number(&c, Q2_ERR_ARGUMENT);
    return number(&c, q2_quantise_rows(rows.data, row_stride, count, n, dtype, packed.data, packed_stride, (uint64_t *)(void *)keys.data,
                                       (uint32_t *)(void *)transitions.data, status.data));
}

/* key(packed, n, wantTransitions) */
static napi_value key(napi_env env, napi_callback_info info) {
    struct call c = begin(env, info);
    struct view packed = view_at(&c, 0);
    size_t n = size_at(&c, 1);
    if (!fits(packed, 0, 1, code_bytes(n))) return number(&c, Q2_ERR_ARGUMENT);
    return number(&c, q2_key(packed.data, n, &c.scratch->key, flag_at(&c, 2) ? &c.scratch->transitions : NULL));
}

/* leeDistance(a, b, n) */
static napi_value lee_distance(napi_env env, napi_callback_info info) {
    struct call c = begin(env, info);
    struct view a = view_at(&c, 0), b = view_at(&c, 1);
    size_t n = size_at(&c, 2);
    if (!fits(a, 0, 1, code_bytes(n)) || !fits(b, 0, 1, code_bytes(n))) return number(&c, Q2_ERR_ARGUMENT);
    return number(&c, q2_lee_distance(a.data, b.data, n, &c.scratch->distance));
}

/* leeDistances(query, codes, stride, count, n, distances) */
static napi_value lee_distances(napi_env env, napi_callback_info info) {
    struct call c = begin(env, info);
    struct view query = view_at(&c, 0), codes = view_at(&c, 1), distances = view_at(&c, 5);
    size_t stride = size_at(&c, 2), count = size_at(&c, 3), n = size_at(&c, 4);
    if (!fits(query, 0, 1, code_bytes(n)) || !fits(codes, stride, count, code_bytes(n)) || !fits(distances, 4, count, 4))
        return number(&c, Q2_ERR_ARGUMENT);
    return number(&c, q2_lee_distances(query.data, codes.data, stride, count, n, (uint32_t *)(void *)distances.data));
}

/* nearest(queries, queryStride, queryCount, codes, stride, count, n, k, ids, distances): a single query goes to the function for one */
static napi_value nearest(napi_env env, napi_callback_info info) {
    struct call c = begin(env, info);
    struct view queries = view_at(&c, 0), codes = view_at(&c, 3), ids = view_at(&c, 8), distances = view_at(&c, 9);
    size_t query_stride = size_at(&c, 1), query_count = size_at(&c, 2), stride = size_at(&c, 4), count = size_at(&c, 5);
    size_t n = size_at(&c, 6), k = size_at(&c, 7), found = 0;
    if (k > Q2_MAX_NEAREST || !fits(queries, query_stride, query_count, code_bytes(n)) || !fits(codes, stride, count, code_bytes(n)) ||
        !fits(ids, 8 * k, query_count, 8 * k) || !fits(distances, 4 * k, query_count, 4 * k))
        return number(&c, Q2_ERR_ARGUMENT);
    uint64_t *id = (uint64_t *)(void *)ids.data;
    uint32_t *distance = (uint32_t *)(void *)distances.data;
    q2_status status = query_count == 1
                           ? q2_lee_nearest(queries.data, codes.data, stride, count, n, k, id, distance, &found)
                           : q2_lee_nearest_many(queries.data, query_stride, query_count, codes.data, stride, count, n, k, id, distance, &found);
    c.scratch->found = found;
    return number(&c, (int32_t)status);
}

static napi_value text(napi_env env, const char *characters) {
    napi_value result = NULL;
    napi_create_string_utf8(env, characters, NAPI_AUTO_LENGTH, &result);
    return result;
}

static napi_value isa(napi_env env, napi_callback_info info) {
    (void)info;
    return text(env, q2_isa());
}

/* forceIsa(name): undefined chooses the best. A name longer than any known one is cut, and stays unknown. */
static napi_value force_isa(napi_env env, napi_callback_info info) {
    struct call c = begin(env, info);
    char name[32];
    size_t length;
    if (napi_get_value_string_utf8(env, c.argument[0], name, sizeof name, &length) != napi_ok) return number(&c, q2_force_isa(NULL));
    return number(&c, q2_force_isa(name));
}

static void set_function(napi_env env, napi_value exports, const char *name, napi_callback callback, struct scratch *scratch) {
    napi_value function = NULL;
    napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, scratch, &function);
    napi_set_named_property(env, exports, name, function);
}

static void set_number(napi_env env, napi_value exports, const char *name, uint32_t value) {
    napi_value result = NULL;
    napi_create_uint32(env, value, &result);
    napi_set_named_property(env, exports, name, result);
}

NAPI_MODULE_INIT() {
    struct scratch *scratch = NULL;
    napi_value buffer = NULL;
    napi_ref keep; /* lives as long as the environment: the functions write into the buffer */
    if (napi_create_arraybuffer(env, sizeof *scratch, (void **)&scratch, &buffer) != napi_ok) return NULL;
    if (napi_create_reference(env, buffer, 1, &keep) != napi_ok) return NULL;
    napi_set_named_property(env, exports, "scratch", buffer);
    napi_set_named_property(env, exports, "version", text(env, q2_version()));
    set_number(env, exports, "abiVersion", q2_abi_version());
    set_number(env, exports, "maxDim", (uint32_t)Q2_MAX_DIM);
    set_number(env, exports, "maxNearest", (uint32_t)Q2_MAX_NEAREST);
    set_function(env, exports, "quantise", quantise, scratch);
    set_function(env, exports, "quantiseRows", quantise_rows, scratch);
    set_function(env, exports, "key", key, scratch);
    set_function(env, exports, "leeDistance", lee_distance, scratch);
    set_function(env, exports, "leeDistances", lee_distances, scratch);
    set_function(env, exports, "nearest", nearest, scratch);
    set_function(env, exports, "isa", isa, scratch);
    set_function(env, exports, "forceIsa", force_isa, scratch);
    return exports;
}
