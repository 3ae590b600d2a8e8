/* Nothing is copied: libq2 gets the addresses of the caller's own rows, codes and results. In libq2's place is a recorder of what it was given. */
#include <array>
#include <vector>

#include <q2.hpp>

#include "check.hpp"

extern "C" const void *q2_recorded[4];

namespace {
void got(const char *call, const void *a, const void *b, const void *c, const void *d) {
    const void *const want[4] = {a, b, c, d};
    for (int i = 0; i < 4; i++) CHECK(q2_recorded[i] == want[i], "%s: pointer %d is not the caller's", call, i);
}
} // namespace

int main() {
    std::vector<float> row(4096 * 3);
    std::vector<std::uint8_t> packed(1024 * 3);
    std::array<q2::key, 3> keys{};
    std::array<q2::row_status, 3> statuses{};
    std::array<std::uint64_t, 3> ids{};
    std::array<std::uint32_t, 3> distances{};
    std::uint32_t number = 0;
    std::size_t found = 0;
    const q2::view<const std::uint8_t> code(packed.data() + 1024, 1024);

    CHECK(!q2::quantise(row, packed, keys.data() + 1, &number), "quantise");
    got("quantise", row.data(), packed.data(), &keys[1], &number);
    CHECK(!q2::quantise(q2::tensor(row, 4096, 3), packed), "quantise a tensor");
    got("quantise a tensor", row.data(), packed.data(), nullptr, nullptr);
    CHECK(!q2::quantise_rows(q2::rows(row, 4096), {packed, 0, keys, {}, statuses}), "quantise_rows");
    got("quantise_rows", row.data(), packed.data(), keys.data(), statuses.data());
    CHECK(!q2::key_of(code, 4096, keys[2]), "key_of");
    got("key_of", code.data(), &keys[2], nullptr, nullptr);
    CHECK(!q2::lee(code, packed, 4096, number), "lee");
    got("lee", code.data(), packed.data(), &number, nullptr);
    CHECK(!q2::lee(code, q2::codes(packed, 4096), distances), "lee to all");
    got("lee to all", code.data(), packed.data(), distances.data(), nullptr);
    CHECK(!q2::nearest(code, q2::codes(packed, 4096), ids, distances, found), "nearest");
    got("nearest", code.data(), packed.data(), ids.data(), distances.data());
    CHECK(!q2::nearest_many(q2::codes(code, 4096), q2::codes(packed, 4096), 3, ids, distances, found), "nearest_many");
    got("nearest_many", code.data(), packed.data(), ids.data(), distances.data());

    const q2::codes all(packed, 4096), one(code, 4096);
    std::vector<std::int8_t> query(4096 * 3);
    std::array<float, 3> scores{};
    float score = 0;
    CHECK(!q2::l1(code, packed, 4096, number), "l1");
    got("l1", code.data(), packed.data(), &number, nullptr);
    CHECK(!q2::l1(code, all, distances), "l1 to all");
    got("l1 to all", code.data(), packed.data(), distances.data(), nullptr);
    CHECK(!q2::l1_nearest(code, all, ids, distances, found), "l1_nearest");
    got("l1_nearest", code.data(), packed.data(), ids.data(), distances.data());
    CHECK(!q2::l1_nearest_many(one, all, 3, ids, distances, found), "l1_nearest_many");
    got("l1_nearest_many", code.data(), packed.data(), ids.data(), distances.data());
    CHECK(!q2::code_dot(code, packed, 4096, score), "code_dot");
    got("code_dot", code.data(), packed.data(), &score, nullptr);
    CHECK(!q2::code_dot(code, all, scores), "code_dot to all");
    got("code_dot to all", code.data(), packed.data(), scores.data(), nullptr);
    CHECK(!q2::code_dot_nearest(code, all, ids, scores, found), "code_dot_nearest");
    got("code_dot_nearest", code.data(), packed.data(), ids.data(), scores.data());
    CHECK(!q2::code_dot_nearest_many(one, all, 3, ids, scores, found), "code_dot_nearest_many");
    got("code_dot_nearest_many", code.data(), packed.data(), ids.data(), scores.data());
    CHECK(!q2::dot_query({row.data(), 4096}, query), "dot_query");
    got("dot_query", row.data(), query.data(), nullptr, nullptr);
    CHECK(!q2::dot(query, packed, 4096, score), "dot");
    got("dot", query.data(), packed.data(), &score, nullptr);
    CHECK(!q2::dot(query, all, scores), "dot to all");
    got("dot to all", query.data(), packed.data(), scores.data(), nullptr);
    CHECK(!q2::dot_nearest(query, all, ids, scores, found), "dot_nearest");
    got("dot_nearest", query.data(), packed.data(), ids.data(), scores.data());
    CHECK(!q2::dot_nearest_many(q2::vectors({query.data() + 4096, 4096}, 4096), all, 3, ids, scores, found), "dot_nearest_many");
    got("dot_nearest_many", query.data() + 4096, packed.data(), ids.data(), scores.data());
}
