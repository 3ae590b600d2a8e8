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

/* The rankings, as lib/rankings.js numbers them. Distances are uint32, scores float; both have 4 bytes. */
enum { LEE, L1, CODE_DOT, DOT };

/* A query of dot is n int8, the others' are codes. */
static size_t query_bytes(size_t ranking, size_t n) { return ranking == DOT ? row_bytes(n, Q2_Q8) : code_bytes(n); }

static q2_status all(size_t ranking, const uint8_t *query, const uint8_t *codes, size_t stride, size_t count, size_t n, void *out) {
    switch (ranking) {
    case LEE: return q2_lee_distances(query, codes, stride, count, n, out);
    case L1: return q2_l1_distances(query, codes, stride, count, n, out);
    case CODE_DOT: return q2_code_dot_scores(query, codes, stride, count, n, out);
    case DOT: return q2_dot_scores((const int8_t *)query, codes, stride, count, n, out);
    default: return Q2_ERR_ARGUMENT;
    }
}

/* rank(ranking, query, codes, stride, count, n, out) */
static napi_value rank(napi_env env, napi_callback_info info) {
    struct call c = begin(env, info);
    struct view query = view_at(&c, 1), codes = view_at(&c, 2), out = view_at(&c, 6);
    size_t ranking = size_at(&c, 0), stride = size_at(&c, 3), count = size_at(&c, 4), n = size_at(&c, 5);
    if (!fits(query, 0, 1, query_bytes(ranking, n)) || !fits(codes, stride, count, code_bytes(n)) || !fits(out, 4, count, 4))
        return number(&c, Q2_ERR_ARGUMENT);
    return number(&c, (int32_t)all(ranking, query.data, codes.data, stride, count, n, out.data));
}

struct search {
    const uint8_t *queries, *codes;
    size_t query_stride, query_count, stride, count, n, k;
    uint64_t *ids;
    void *out;
};

static q2_status search_one(size_t ranking, const struct search *s, size_t *found) {
    switch (ranking) {
    case LEE: return q2_lee_nearest(s->queries, s->codes, s->stride, s->count, s->n, s->k, s->ids, s->out, found);
    case L1: return q2_l1_nearest(s->queries, s->codes, s->stride, s->count, s->n, s->k, s->ids, s->out, found);
    case CODE_DOT: return q2_code_dot_nearest(s->queries, s->codes, s->stride, s->count, s->n, s->k, s->ids, s->out, found);
    case DOT: return q2_dot_nearest((const int8_t *)s->queries, s->codes, s->stride, s->count, s->n, s->k, s->ids, s->out, found);
    default: return Q2_ERR_ARGUMENT;
    }
}

static q2_status search_many(size_t ranking, const struct search *s, size_t *found) {
    switch (ranking) {
    case LEE: return q2_lee_nearest_many(s->queries, s->query_stride, s->query_count, s->codes, s->stride, s->count, s->n, s->k, s->ids, s->out, found);
    case L1: return q2_l1_nearest_many(s->queries, s->query_stride, s->query_count, s->codes, s->stride, s->count, s->n, s->k, s->ids, s->out, found);
    case CODE_DOT:
        return q2_code_dot_nearest_many(s->queries, s->query_stride, s->query_count, s->codes, s->stride, s->count, s->n, s->k, s->ids, s->out, found);
    case DOT:
        return q2_dot_nearest_many((const int8_t *)s->queries, s->query_stride, s->query_count, s->codes, s->stride, s->count, s->n, s->k, s->ids, s->out, found);
    default: return Q2_ERR_ARGUMENT;
    }
}

/* nearest(ranking, queries, queryStride, queryCount, codes, stride, count, n, k, ids, out): a single query goes to the function for one */
static napi_value nearest(napi_env env, napi_callback_info info) {
    struct call c = begin(env, info);
    struct view queries = view_at(&c, 1), codes = view_at(&c, 4), ids = view_at(&c, 9), out = view_at(&c, 10);
    size_t ranking = size_at(&c, 0), found = 0;
    struct search s = {.queries = queries.data, .query_stride = size_at(&c, 2), .query_count = size_at(&c, 3), .codes = codes.data,
                       .stride = size_at(&c, 5), .count = size_at(&c, 6), .n = size_at(&c, 7), .k = size_at(&c, 8),
                       .ids = (uint64_t *)(void *)ids.data, .out = out.data};
    if (s.k > Q2_MAX_NEAREST || !fits(queries, s.query_stride, s.query_count, query_bytes(ranking, s.n)) ||
        !fits(codes, s.stride, s.count, code_bytes(s.n)) || !fits(ids, 8 * s.k, s.query_count, 8 * s.k) ||
        !fits(out, 4 * s.k, s.query_count, 4 * s.k))
        return number(&c, Q2_ERR_ARGUMENT);
    q2_status status = s.query_count == 1 ? search_one(ranking, &s, &found) : search_many(ranking, &s, &found);
    c.scratch->found = found;
    return number(&c, (int32_t)status);
}

/* dotQuery(vector, n, query) */
static napi_value dot_query(napi_env env, napi_callback_info info) {
    struct call c = begin(env, info);
    struct view vector = view_at(&c, 0), query = view_at(&c, 2);
    size_t n = size_at(&c, 1);
    if (!fits(vector, 0, 1, row_bytes(n, Q2_FP32)) || !fits(query, 0, 1, row_bytes(n, Q2_Q8))) return number(&c, Q2_ERR_ARGUMENT);
    return number(&c, (int32_t)q2_dot_query((const float *)(const void *)vector.data, n, (int8_t *)query.data));
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
    set_function(env, exports, "rank", rank, scratch);
    set_function(env, exports, "dotQuery", dot_query, scratch);
    set_function(env, exports, "nearest", nearest, scratch);
    set_function(env, exports, "isa", isa, scratch);
    set_function(env, exports, "forceIsa", force_isa, scratch);
    return exports;
}
