/* A block of queries against a block of codes, by scores (score_block.h), on SIMD registers with products of bytes in 16 bits.
 * dot_avx2.c and dot_neon.c include it after dot_kernel.h, whose parts it uses, and define before:
 *
 *   narrow             sums of 16 bits of a register's products
 *   no_narrow          zeros
 *   multiply           adds a register of levels + 4 times four elements of a query, in every 32 bits, to those; 16 times at most
 *   add_narrow         adds those, summed over each 32 bits, to as many 32-bit sums in memory
 *   four_elements      four bytes of memory in every 32 bits of a register
 *   turn               a square matrix of 32-bit words, rows to columns
 *   load_eight         eight 32-bit sums
 *   IN_REGISTERS       keeps the compiler from copying two of them about, and from loading them again
 *
 * The codes are turned round and expanded once per block of queries: a register then holds four dimensions of several codes, one
 * code in every 32 bits, as levels + 4, and the query's same four elements meet it everywhere. Nothing is left to do for a query
 * but products, and nothing is summed across. The four dimensions are those at which the query lies after split: 4 apart. */
#include "score_block.h"

enum {
    LANES = VECTOR / 4,              /* codes of a register, and its 32-bit words */
    GROUPS = Q2_BLOCK_CODES / LANES, /* registers of codes */
    STEPS = 16,                      /* products that 16 bits hold */
    ROWS = 4,                        /* queries at a time */
    TILE = 2                         /* registers of codes at a time */
};

/* Bytes first to first + VECTOR - 1 of all codes, expanded: four dimensions of word k with d mod 4 = j at [j][k]. */
typedef struct {
    vector levels[4][LANES][GROUPS];
    vector kept[4]; /* ones where the query's elements are before its end */
    uint32_t weak[Q2_BLOCK_CODES];
    size_t first, bytes;
    bool end;
} piece;

typedef struct {
    vector elements[ROWS][4];
} rows;

/* A piece of a code with zeros behind its end; counts its symbols whose low bit is set. */
Q2_DOT_INLINE vector piece_of(const uint8_t *code, const piece *p, size_t n, uint32_t *weak) {
    uint8_t last[VECTOR] = {0};
    const uint8_t *bytes = code + p->first;
    if (p->end) {
        memcpy(last, bytes, p->bytes);
        last[p->bytes - 1] &= q2_last_byte_mask(n);
        bytes = last;
    }
    for (size_t i = 0; i < VECTOR; i += 8) {
        uint64_t word;
        memcpy(&word, bytes + i, sizeof word);
        *weak += (uint32_t)__builtin_popcountll(word & UINT64_C(0x5555555555555555));
    }
    return load(bytes);
}

/* Registers that do not fill up repeat the last code; nobody reads those scores. */
Q2_DOT_INLINE void expand_codes(piece *p, const q2_score_block *b, size_t g) {
    vector v[LANES];
    for (size_t c = 0; c < LANES; c++) {
        const size_t i = LANES * g + c;
        v[c] = piece_of(b->codes + (i < b->count ? i : b->count - 1) * b->stride, p, b->n, &p->weak[i]);
    }
    turn(v);
    for (size_t k = 0; k < LANES; k++) {
        vector levels[4];
        expand(v[k], levels);
        for (size_t j = 0; j < 4; j++) p->levels[j][k][g] = levels[j];
    }
}

/* Which elements of a query are before its end, as split puts them. */
Q2_DOT_INLINE void find_end(piece *p, size_t n) {
    uint8_t ones[4 * VECTOR];
    const size_t left = n - 4 * p->first;
    memset(ones, 0, sizeof ones);
    memset(ones, 0xFF, left < sizeof ones ? left : sizeof ones);
    split(ones, p->kept);
}

Q2_DOT_INLINE void elements_of(vector *elements, const uint8_t *query, const piece *p, size_t n) {
    const size_t from = 4 * p->first, left = n - from;
    uint8_t copy[4 * VECTOR];
    if (left >= sizeof copy) {
        split(query + from, elements);
        return;
    }
    memset(copy, 0, sizeof copy);
    memcpy(copy, query + from, left);
    split(copy, elements);
}

/* The same of a code as a query: its levels. */
Q2_DOT_INLINE void levels_of(vector *elements, const uint8_t *query, const piece *p, size_t n) {
    uint32_t weak = 0;
    expand(piece_of(query, p, n, &weak), elements);
    for (size_t j = 0; j < 4; j++) elements[j] = subtract(elements[j], 4) & p->kept[j];
}

/* Where fewer are left the last one is repeated. */
Q2_DOT_INLINE void prepare_queries(rows *r, q2_score_block *b, const piece *p, size_t q) {
    for (size_t row = 0; row < ROWS; row++) {
        const uint8_t *query = b->query + (q + row < b->queries ? q + row : b->queries - 1) * b->query_stride;
        if (b->of_levels) {
            levels_of(r->elements[row], query, p, b->n);
        } else {
            elements_of(r->elements[row], query, p, b->n);
        }
        if (b->first) b->bias[q + row] = (p->first == 0 ? 0 : b->bias[q + row]) + 4 * sum_of(r->elements[row]);
    }
}

/* Four queries against two registers of codes. Steps follow one another in memory, of codes and of each query. The sums have names
 * because GCC leaves an array of them in memory. */
Q2_DOT_INLINE void meet(const vector (*levels)[GROUPS], const uint8_t *const *elements, int32_t (*products)[Q2_BLOCK_CODES]) {
    narrow a0 = no_narrow(), a1 = a0, a2 = a0, a3 = a0, b0 = a0, b1 = a0, b2 = a0, b3 = a0;
#define MEET(row)                                                    \
    do {                                                             \
        const vector four = four_elements(elements[row] + 4 * i);    \
        a##row = multiply(a##row, a, four);                          \
        b##row = multiply(b##row, b, four);                          \
        IN_REGISTERS(a##row, b##row);                                \
    } while (0)
#pragma GCC unroll 1
    for (size_t i = 0; i < STEPS; i++) {
        vector a = levels[i][0], b = levels[i][1];
        IN_REGISTERS(a, b);
        MEET(0);
        MEET(1);
        MEET(2);
        MEET(3);
    }
#undef MEET
#define KEEP(row)                                 \
    do {                                          \
        add_narrow(products[row], a##row);        \
        add_narrow(products[row] + LANES, b##row); \
    } while (0)
    KEEP(0);
    KEEP(1);
    KEEP(2);
    KEEP(3);
#undef KEEP
}

Q2_DOT_INLINE void meet_all(const piece *p, const rows *r, int32_t (*products)[Q2_BLOCK_CODES]) {
    for (size_t step = 0; step < VECTOR; step += STEPS) {
        const uint8_t *elements[ROWS];
        for (size_t row = 0; row < ROWS; row++) elements[row] = (const uint8_t *)r->elements[row] + 4 * step;
        for (size_t g = 0; g < GROUPS; g += TILE) {
            meet((const vector(*)[GROUPS]) & p->levels[step / LANES][0][g], elements, (int32_t(*)[Q2_BLOCK_CODES]) & products[0][g * LANES]);
        }
    }
}

/* What is to be fetched meanwhile: the same codes' next bytes, or the next codes' first ones. */
Q2_INLINE q2_prefetch next_of(const q2_score_block *b, const piece *p) {
    const size_t from = p->end ? 0 : p->first + p->bytes, left = q2_packed_bytes(b->n) - from;
    const size_t bytes = left < VECTOR ? left : VECTOR;
    if (p->end) return q2_prefetch_new(b->next, b->stride, b->next_count, bytes);
    return q2_prefetch_new(b->codes + from, b->stride, b->count, bytes);
}

Q2_DOT_TARGET static void all_queries(const piece *p, q2_score_block *b) {
    q2_prefetch next = next_of(b, p);
    const size_t share = next.left / ((b->queries + ROWS - 1) / ROWS) + 1;
    for (size_t q = 0; q < b->queries; q += ROWS) {
        rows r;
        prepare_queries(&r, b, p, q);
        q2_prefetch_some(&next, share);
        if (p->first == 0) memset(b->products[q], 0, ROWS * sizeof *b->products);
        meet_all(p, &r, b->products + q);
    }
}

/* Eight scores at a time, where one may be above the limit. */
Q2_DOT_TARGET static void score_all(const piece *p, q2_score_block *b) {
    for (size_t q = 0; q < b->queries; q++) {
        b->above[q] = 0;
        for (size_t i = 0; i < Q2_BLOCK_CODES; i += 8) {
            const eight product = load_eight(b->products[q] + i), weak = load_eight((const int32_t *)p->weak + i);
            if (!any_above(product, b->bias[q], weak, b->n, b->limits[q])) continue;
            store_scores(product, b->bias[q], weak, b->n, b->scores[q] + i);
            for (size_t c = i; c < i + 8; c++) b->above[q] |= (uint64_t)(b->scores[q][c] > b->limits[q]) << c;
        }
    }
}

Q2_DOT_TARGET static void expand_all(piece *p, const q2_score_block *b) {
    find_end(p, b->n);
    for (size_t g = 0; g < GROUPS; g++) expand_codes(p, b, g);
}

Q2_DOT_TARGET void Q2_SCORE_BLOCK(q2_score_block *b) {
    const size_t bytes = q2_packed_bytes(b->n);
    piece p;
    memset(p.weak, 0, sizeof p.weak);
    for (p.first = 0; p.first < bytes; p.first += VECTOR) {
        p.bytes = bytes - p.first < VECTOR ? bytes - p.first : VECTOR;
        p.end = p.first + p.bytes == bytes;
        expand_all(&p, b);
        all_queries(&p, b);
    }
    score_all(&p, b);
}
