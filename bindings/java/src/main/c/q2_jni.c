/* The bridge between Java and libq2 (JNI).
 *
 * An array is read and written in place: GetPrimitiveArrayCritical gives the address of its elements where the collector can hold them still, which
 * every HotSpot collector does. A direct buffer is read and written at its address. The class Memory says which of both an
 * argument is and checks that what libq2 will touch lies inside it. Between the first array taken and the last one given back there is
 * nothing but libq2. */
#include <dlfcn.h>
#include <jni.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "q2.h"

/* The four functions of a ranking. */
#define RANKING(query_type, result_type)                                                                                                  \
    struct {                                                                                                                              \
        q2_status (*one)(const query_type *, const uint8_t *, size_t, result_type *);                                                    \
        q2_status (*all)(const query_type *, const uint8_t *, size_t, size_t, size_t, result_type *);                                    \
        q2_status (*nearest)(const query_type *, const uint8_t *, size_t, size_t, size_t, size_t, uint64_t *, result_type *, size_t *);   \
        q2_status (*nearest_many)(const query_type *, size_t, size_t, const uint8_t *, size_t, size_t, size_t, size_t, uint64_t *,        \
                                  result_type *, size_t *);                                                                               \
    }

/* What libq2 answers through: the copy inside this library, or another that was asked for. */
static struct {
    q2_status (*quantise)(const void *, size_t, size_t, q2_dtype, uint8_t *, uint64_t *, uint32_t *);
    q2_status (*quantise_rows)(const void *, size_t, size_t, size_t, q2_dtype, uint8_t *, size_t, uint64_t *, uint32_t *, uint8_t *);
    q2_status (*key)(const uint8_t *, size_t, uint64_t *, uint32_t *);
    RANKING(uint8_t, uint32_t) lee, l1;
    RANKING(uint8_t, float) code_dot;
    RANKING(int8_t, float) dot;
    q2_status (*dot_query)(const float *, size_t, int8_t *);
    const char *(*version)(void);
    uint32_t (*abi_version)(void);
    const char *(*isa)(void);
    q2_status (*force_isa)(const char *);
} q2 = {q2_quantise,
        q2_quantise_rows,
        q2_key,
        {q2_lee_distance, q2_lee_distances, q2_lee_nearest, q2_lee_nearest_many},
        {q2_l1_distance, q2_l1_distances, q2_l1_nearest, q2_l1_nearest_many},
        {q2_code_dot, q2_code_dot_scores, q2_code_dot_nearest, q2_code_dot_nearest_many},
        {q2_dot, q2_dot_scores, q2_dot_nearest, q2_dot_nearest_many},
        q2_dot_query,
        q2_version,
        q2_abi_version,
        q2_isa,
        q2_force_isa};

/* As Ranking.java numbers them. */
enum { LEE, L1, CODE_DOT, DOT };

/* Memory of the caller: a primitive array or a direct buffer, from an offset in bytes on. */
struct memory {
    jobject object;
    jlong offset;
    bool is_array, is_output;
    uint8_t *base;
};

#define INPUT(object, offset, is_array) ((struct memory){object, offset, is_array, false, NULL})
#define OUTPUT(object, offset, is_array) ((struct memory){object, offset, is_array, true, NULL})

static uint8_t *at(const struct memory *m) { return m->base == NULL ? NULL : m->base + m->offset; }

static void give_back(JNIEnv *env, struct memory *m, int count) {
    for (int i = count - 1; i >= 0; i--)
        if (m[i].is_array && m[i].base != NULL)
            (*env)->ReleasePrimitiveArrayCritical(env, m[i].object, m[i].base, m[i].is_output ? 0 : JNI_ABORT);
}

/* Direct buffers first: asking for their address is not allowed while an array is held. */
static bool take(JNIEnv *env, struct memory *m, int count) {
    for (int i = 0; i < count; i++)
        if (!m[i].is_array && m[i].object != NULL) m[i].base = (*env)->GetDirectBufferAddress(env, m[i].object);
    for (int i = 0; i < count; i++) {
        if (!m[i].is_array) continue;
        m[i].base = (*env)->GetPrimitiveArrayCritical(env, m[i].object, NULL);
        if (m[i].base == NULL) { /* an OutOfMemoryError is pending */
            give_back(env, m, i);
            return false;
        }
    }
    return true;
}

#define NATIVE(type, name) JNIEXPORT type JNICALL Java_io_github_q2kernel_q2_Native_##name

/* result receives the key and the number of transitions. */
NATIVE(jint, quantise)(JNIEnv *env, jclass class, jobject tensor, jlong tensor_offset, jboolean tensor_array, jlong seq_len, jint n, jint dtype,
                       jobject packed, jlong packed_offset, jboolean packed_array, jlongArray result) {
    (void)class;
    struct memory m[] = {INPUT(tensor, tensor_offset, tensor_array), OUTPUT(packed, packed_offset, packed_array)};
    uint64_t key = 0;
    uint32_t transitions = 0;
    if (!take(env, m, 2)) return Q2_ERR_ARGUMENT;
    q2_status status = q2.quantise(at(&m[0]), (size_t)seq_len, (size_t)n, (q2_dtype)dtype, at(&m[1]), &key, &transitions);
    give_back(env, m, 2);
    (*env)->SetLongArrayRegion(env, result, 0, 2, (jlong[]){(jlong)key, transitions});
    return (jint)status;
}

/* keys, transitions and row_status are written from element `first` on. */
NATIVE(jint, quantiseRows)(JNIEnv *env, jclass class, jobject rows, jlong rows_offset, jboolean rows_array, jlong row_stride, jlong count, jint n, jint dtype,
                           jobject packed, jlong packed_offset, jboolean packed_array, jlong packed_stride, jlongArray keys, jintArray transitions,
                           jbyteArray row_status, jint first) {
    (void)class;
    struct memory m[] = {INPUT(rows, rows_offset, rows_array), OUTPUT(packed, packed_offset, packed_array), OUTPUT(keys, 8 * (jlong)first, true),
                         OUTPUT(transitions, 4 * (jlong)first, true), OUTPUT(row_status, first, true)};
    if (!take(env, m, 5)) return Q2_ERR_ARGUMENT;
    q2_status status = q2.quantise_rows(at(&m[0]), (size_t)row_stride, (size_t)count, (size_t)n, (q2_dtype)dtype, at(&m[1]), (size_t)packed_stride,
                                        (uint64_t *)(void *)at(&m[2]), (uint32_t *)(void *)at(&m[3]), at(&m[4]));
    give_back(env, m, 5);
    return (jint)status;
}

NATIVE(jint, key)(JNIEnv *env, jclass class, jobject packed, jlong offset, jboolean array, jint n, jlongArray result) {
    (void)class;
    struct memory m[] = {INPUT(packed, offset, array)};
    uint64_t key = 0;
    uint32_t transitions = 0;
    if (!take(env, m, 1)) return Q2_ERR_ARGUMENT;
    q2_status status = q2.key(at(&m[0]), (size_t)n, &key, &transitions);
    give_back(env, m, 1);
    (*env)->SetLongArrayRegion(env, result, 0, 2, (jlong[]){(jlong)key, transitions});
    return (jint)status;
}

/* The distance, or minus the status. */
NATIVE(jint, leeDistance)(JNIEnv *env, jclass class, jobject a, jlong a_offset, jboolean a_array, jobject b, jlong b_offset, jboolean b_array, jint n) {
    (void)class;
    struct memory m[] = {INPUT(a, a_offset, a_array), INPUT(b, b_offset, b_array)};
    uint32_t distance = 0;
    if (!take(env, m, 2)) return -Q2_ERR_ARGUMENT;
    q2_status status = q2.lee.one(at(&m[0]), at(&m[1]), (size_t)n, &distance);
    give_back(env, m, 2);
    return status == Q2_OK ? (jint)distance : -(jint)status;
}

static q2_status all(jint ranking, const uint8_t *query, const uint8_t *codes, size_t stride, size_t count, size_t n, void *out) {
    switch (ranking) {
    case LEE: return q2.lee.all(query, codes, stride, count, n, out);
    case L1: return q2.l1.all(query, codes, stride, count, n, out);
    case CODE_DOT: return q2.code_dot.all(query, codes, stride, count, n, out);
    case DOT: return q2.dot.all((const int8_t *)query, codes, stride, count, n, out);
    default: return Q2_ERR_ARGUMENT;
    }
}

/* out is an int[] for distances, a float[] for scores, written from element `first` on. */
NATIVE(jint, rank)(JNIEnv *env, jclass class, jint ranking, jobject query, jlong query_offset, jboolean query_array, jobject codes, jlong codes_offset,
                   jboolean codes_array, jlong stride, jlong count, jint n, jobject out, jint first) {
    (void)class;
    struct memory m[] = {INPUT(query, query_offset, query_array), INPUT(codes, codes_offset, codes_array), OUTPUT(out, 4 * (jlong)first, true)};
    if (!take(env, m, 3)) return Q2_ERR_ARGUMENT;
    q2_status status = all(ranking, at(&m[0]), at(&m[1]), (size_t)stride, (size_t)count, (size_t)n, at(&m[2]));
    give_back(env, m, 3);
    return (jint)status;
}

struct search {
    const uint8_t *queries, *codes;
    size_t query_stride, query_count, stride, count, n, k;
    uint64_t *ids;
    void *out;
};

static q2_status search_one(jint ranking, const struct search *s, size_t *found) {
    switch (ranking) {
    case LEE: return q2.lee.nearest(s->queries, s->codes, s->stride, s->count, s->n, s->k, s->ids, s->out, found);
    case L1: return q2.l1.nearest(s->queries, s->codes, s->stride, s->count, s->n, s->k, s->ids, s->out, found);
    case CODE_DOT: return q2.code_dot.nearest(s->queries, s->codes, s->stride, s->count, s->n, s->k, s->ids, s->out, found);
    case DOT: return q2.dot.nearest((const int8_t *)s->queries, s->codes, s->stride, s->count, s->n, s->k, s->ids, s->out, found);
    default: return Q2_ERR_ARGUMENT;
    }
}

static q2_status search_many(jint ranking, const struct search *s, size_t *found) {
    switch (ranking) {
    case LEE: return q2.lee.nearest_many(s->queries, s->query_stride, s->query_count, s->codes, s->stride, s->count, s->n, s->k, s->ids, s->out, found);
    case L1: return q2.l1.nearest_many(s->queries, s->query_stride, s->query_count, s->codes, s->stride, s->count, s->n, s->k, s->ids, s->out, found);
    case CODE_DOT:
        return q2.code_dot.nearest_many(s->queries, s->query_stride, s->query_count, s->codes, s->stride, s->count, s->n, s->k, s->ids, s->out, found);
    case DOT:
        return q2.dot.nearest_many((const int8_t *)s->queries, s->query_stride, s->query_count, s->codes, s->stride, s->count, s->n, s->k, s->ids,
                                   s->out, found);
    default: return Q2_ERR_ARGUMENT;
    }
}

/* How many were found, or minus the status. A single query goes to the function for one. */
NATIVE(jint, nearest)(JNIEnv *env, jclass class, jint ranking, jobject queries, jlong queries_offset, jboolean queries_array, jlong query_stride,
                      jint query_count, jobject codes, jlong codes_offset, jboolean codes_array, jlong stride, jlong count, jint n, jint k,
                      jlongArray ids, jobject out) {
    (void)class;
    struct memory m[] = {INPUT(queries, queries_offset, queries_array), INPUT(codes, codes_offset, codes_array), OUTPUT(ids, 0, true), OUTPUT(out, 0, true)};
    size_t found = 0;
    if (!take(env, m, 4)) return -Q2_ERR_ARGUMENT;
    struct search s = {.queries = at(&m[0]), .query_stride = (size_t)query_stride, .query_count = (size_t)query_count, .codes = at(&m[1]),
                       .stride = (size_t)stride, .count = (size_t)count, .n = (size_t)n, .k = (size_t)k, .ids = (uint64_t *)(void *)at(&m[2]), .out = at(&m[3])};
    q2_status status = query_count == 1 ? search_one(ranking, &s, &found) : search_many(ranking, &s, &found);
    give_back(env, m, 4);
    return status == Q2_OK ? (jint)found : -(jint)status;
}

NATIVE(jint, dotQuery)(JNIEnv *env, jclass class, jfloatArray vector, jint n, jbyteArray query) {
    (void)class;
    struct memory m[] = {INPUT(vector, 0, true), OUTPUT(query, 0, true)};
    if (!take(env, m, 2)) return Q2_ERR_ARGUMENT;
    q2_status status = q2.dot_query((const float *)(void *)at(&m[0]), (size_t)n, (int8_t *)at(&m[1]));
    give_back(env, m, 2);
    return (jint)status;
}

NATIVE(jstring, version)(JNIEnv *env, jclass class) {
    (void)class;
    return (*env)->NewStringUTF(env, q2.version());
}

NATIVE(jint, abiVersion)(JNIEnv *env, jclass class) {
    (void)env, (void)class;
    return (jint)q2.abi_version();
}

NATIVE(jstring, isa)(JNIEnv *env, jclass class) {
    (void)class;
    return (*env)->NewStringUTF(env, q2.isa());
}

NATIVE(jint, forceIsa)(JNIEnv *env, jclass class, jstring name) {
    (void)class;
    if (name == NULL) return (jint)q2.force_isa(NULL);
    const char *text = (*env)->GetStringUTFChars(env, name, NULL);
    if (text == NULL) return Q2_ERR_ARGUMENT;
    q2_status status = q2.force_isa(text);
    (*env)->ReleaseStringUTFChars(env, name, text);
    return (jint)status;
}

/* Looks every function up before the table changes. Writes the reason into why and returns false where one is missing. */
static bool use(void *library, char *why, size_t size) {
    static const char *const names[] = {"q2_quantise", "q2_quantise_rows", "q2_key",
                                        "q2_lee_distance", "q2_lee_distances", "q2_lee_nearest", "q2_lee_nearest_many",
                                        "q2_l1_distance", "q2_l1_distances", "q2_l1_nearest", "q2_l1_nearest_many",
                                        "q2_code_dot", "q2_code_dot_scores", "q2_code_dot_nearest", "q2_code_dot_nearest_many",
                                        "q2_dot", "q2_dot_scores", "q2_dot_nearest", "q2_dot_nearest_many", "q2_dot_query",
                                        "q2_version", "q2_abi_version", "q2_isa", "q2_force_isa"};
    enum { COUNT = sizeof names / sizeof names[0] };
    _Static_assert(sizeof q2 == COUNT * sizeof(void *), "one name a function, in the table's order");
    void *found[COUNT];
    *(void **)&found[0] = dlsym(library, "q2_abi_version");
    if (found[0] == NULL) return snprintf(why, size, "it is not libq2: it has no q2_abi_version"), false;
    uint32_t abi = (*(uint32_t(**)(void))&found[0])();
    if (abi != Q2_ABI_VERSION) return snprintf(why, size, "its ABI is %u, %d is needed", (unsigned)abi, Q2_ABI_VERSION), false;
    for (int i = 0; i < COUNT; i++) {
        found[i] = dlsym(library, names[i]);
        if (found[i] == NULL) return snprintf(why, size, "it lacks %s: it is older than this package", names[i]), false;
    }
    for (int i = 0; i < COUNT; i++) ((void **)(void *)&q2)[i] = found[i];
    return true;
}

/* Takes libq2 from the file, or by a name that the loader knows. Returns what is wrong with it, or null. */
NATIVE(jstring, useLibrary)(JNIEnv *env, jclass class, jstring path) {
    (void)class;
    const char *name = (*env)->GetStringUTFChars(env, path, NULL);
    if (name == NULL) return NULL;
    char why[512] = "";
    void *library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) snprintf(why, sizeof why, "%s", dlerror());
    else if (!use(library, why, sizeof why)) dlclose(library);
    (*env)->ReleaseStringUTFChars(env, path, name);
    return why[0] == '\0' ? NULL : (*env)->NewStringUTF(env, why);
}
