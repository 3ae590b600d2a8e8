/* What is refused, with which code, and that nothing is written then. A dtype of no kind does not compile: ci/bindings-cpp sees to that. */
#include <array>
#include <cmath>
#include <vector>
#if __cplusplus >= 202002L
#include <span>
#endif

#include <q2.hpp>

#include "check.hpp"

namespace {

const std::size_t n = 8;
const std::vector<float> good = {3.0f, 0.1f, -0.1f, -3.0f, 3.0f, 3.0f, -0.2f, 0.2f};

void refused(std::error_code got, q2::errc want, const char *what) { CHECK(got == want, "%s: %s", what, got.message().c_str()); }

template <class T> void untouched(const T &bytes, const char *what) {
    for (auto byte : bytes) CHECK(byte == 0x5A, "%s: something was written", what);
}

void quantise_refuses() {
    std::array<std::uint8_t, 2> packed{0x5A, 0x5A};
    std::vector<float> nan = good;
    nan[3] = std::nanf("");
    q2::key key{7};
    refused(q2::quantise(nan, packed, key), q2::errc::not_finite, "a NaN");
    refused(q2::quantise(std::vector<float>{}, packed, key), q2::errc::argument, "no elements");
    refused(q2::quantise(good, q2::view<std::uint8_t>(packed.data(), 1), key), q2::errc::output_too_short, "room for half a code");
    refused(q2::quantise(q2::tensor(good.data(), 31, q2::dtype::fp32, n), packed, key), q2::errc::input_too_short, "31 bytes of 8 floats");
    refused(q2::quantise(q2::tensor(good, n, 2), packed, key), q2::errc::input_too_short, "one token of two");
    refused(q2::quantise(q2::tensor(good.data(), 32, q2::dtype::fp32, n, 0), packed, key), q2::errc::argument, "no tokens");
    refused(q2::quantise(q2::tensor(good.data(), 32, static_cast<q2::dtype>(9), n), packed, key), q2::errc::argument, "an unknown dtype");
    refused(q2::quantise(q2::tensor(good.data(), 32, q2::dtype::q4, 7), packed, key), q2::errc::argument, "half a byte of q4");
    refused(q2::quantise(q2::tensor(good.data(), 32, q2::dtype::fp32, q2::max_dim + 1), packed, key), q2::errc::argument, "n beyond the largest");
    untouched(packed, "quantise");
    CHECK(key.value == 7, "quantise wrote a key");
}

void rows_refuse() {
    std::vector<float> two = good;
    two.insert(two.end(), good.begin(), good.end());
    std::array<std::uint8_t, 4> packed{0x5A, 0x5A, 0x5A, 0x5A};
    std::array<q2::key, 2> keys{};
    std::array<std::uint32_t, 1> one{};
    refused(q2::quantise_rows(q2::rows(two, n), {{packed.data(), 3}}), q2::errc::output_too_short, "3 bytes for 2 codes");
    refused(q2::quantise_rows(q2::rows(two, n), {packed, 3}), q2::errc::output_too_short, "2 codes, 3 bytes apart, in 4 bytes");
    refused(q2::quantise_rows(q2::rows(two, n), {packed, 0, {keys.data(), 1}}), q2::errc::output_too_short, "one key for two rows");
    refused(q2::quantise_rows(q2::rows(two, n), {packed, 0, keys, one}), q2::errc::output_too_short, "one count for two rows");
    refused(q2::quantise_rows(q2::rows(two.data(), 60, q2::dtype::fp32, n, 2, 32), {packed}), q2::errc::input_too_short, "60 bytes of 64");
    refused(q2::quantise_rows(q2::rows(two.data(), 64, q2::dtype::fp32, n, 2, 31), {packed}), q2::errc::argument, "rows closer than they are long");
    refused(q2::quantise_rows(q2::rows(two.data(), 64, q2::dtype::fp32, n, 2, SIZE_MAX), {packed}), q2::errc::input_too_short, "rows too far apart");
    untouched(packed, "quantise_rows");
    CHECK(!q2::quantise_rows(q2::rows(std::vector<float>{}, n), {}), "no rows are nothing to do");

    two[3] = std::nanf("");
    std::array<q2::row_status, 2> statuses{};
    refused(q2::quantise_rows(q2::rows(two, n), {packed, 0, keys, {}, statuses}), q2::errc::not_finite, "a NaN row");
    CHECK(statuses[0] == q2::row_status::not_finite && packed[0] == 0 && packed[1] == 0 && keys[0].value == 0, "the row with a NaN");
    CHECK(statuses[1] == q2::row_status::ok && packed[2] == 0xB4 && packed[3] == 0xA7 && keys[1].hex() == "e4d8000000000000", "the row after it");
}

void distances_refuse() {
    const std::array<std::uint8_t, 4> all{0xB4, 0xA7, 0x1E, 0x0D};
    const q2::view<const std::uint8_t> query(all.data(), 2), half(all.data(), 1);
    std::uint32_t distance = 77;
    std::array<std::uint32_t, 2> distances{77, 77};
    std::array<std::uint64_t, 2> ids{77, 77};
    std::size_t found = 77;
    q2::key key{77};
    refused(q2::key_of(half, n, key), q2::errc::input_too_short, "key of half a code");
    refused(q2::key_of(query, 0, key), q2::errc::argument, "key of no dimensions");
    refused(q2::lee(half, query, n, distance), q2::errc::input_too_short, "half a code");
    refused(q2::lee(query, q2::codes(all, n), {distances.data(), 1}), q2::errc::output_too_short, "room for one distance");
    refused(q2::lee(query, q2::codes(all, n, 3, 2), distances), q2::errc::input_too_short, "three codes in four bytes");
    refused(q2::nearest(half, q2::codes(all, n), ids, distances, found), q2::errc::input_too_short, "half a query");
    refused(q2::nearest(query, q2::codes(all, n), ids, {distances.data(), 1}, found), q2::errc::output_too_short, "fewer distances than ids");
    refused(q2::nearest(query, q2::codes(all, n), {}, {}, found), q2::errc::argument, "no neighbours");
    refused(q2::nearest_many(q2::codes(all, n), q2::codes(all, n), 2, ids, distances, found), q2::errc::output_too_short, "room for one query of two");
    refused(q2::nearest_many(q2::codes(all, 4), q2::codes(all, n), 1, ids, distances, found), q2::errc::argument, "queries of another n");
    CHECK(distance == 77 && distances[0] == 77 && ids[0] == 77 && found == 77 && key.value == 77, "something was written");

    CHECK(!q2::nearest_many(q2::codes(all, n), q2::codes(all, n), 1, ids, distances, found) && found == 1 && ids[0] == 0 && ids[1] == 1 && distances[1] == 0, "each nearest to itself");
    CHECK(!q2::nearest(query, q2::codes(all, n), ids, distances, found) && found == 2 && ids[1] == 1, "both");
    CHECK(!q2::lee(query, {all.data() + 2, 2}, n, distance) && distance == distances[1], "%u and %u", distance, distances[1]);
}

/* What l1, code_dot and dot refuse; R is what they give. */
template <class R, class Q, class Queries>
void ranking_refuses(const char *what, const std::array<Q, 16> &queries, std::size_t query_size, std::error_code (*pair)(q2::view<const Q>, q2::view<const std::uint8_t>, std::size_t, R &),
                     std::error_code (*each)(q2::view<const Q>, const q2::codes &, q2::view<R>),
                     std::error_code (*nearest)(q2::view<const Q>, const q2::codes &, q2::view<std::uint64_t>, q2::view<R>, std::size_t &),
                     std::error_code (*nearest_many)(const Queries &, const q2::codes &, std::size_t, q2::view<std::uint64_t>, q2::view<R>, std::size_t &)) {
    const std::array<std::uint8_t, 4> all{0xB4, 0xA7, 0x1E, 0x0D};
    const q2::codes codes(all, n);
    const q2::view<const Q> query(queries.data(), query_size), part(queries.data(), query_size - 1), two(queries.data(), 2 * query_size);
    R one = 77;
    std::array<R, 2> results{77, 77};
    std::array<std::uint64_t, 2> ids{77, 77};
    std::size_t found = 77;
    refused(pair(part, {all.data(), 2}, n, one), q2::errc::input_too_short, what);
    refused(pair(query, {all.data(), 1}, n, one), q2::errc::input_too_short, what);
    refused(pair(query, {all.data(), 2}, 0, one), q2::errc::argument, what);
    refused(pair(query, {all.data(), 2}, q2::max_dim + 1, one), q2::errc::argument, what);
    refused(each(part, codes, results), q2::errc::input_too_short, what);
    refused(each(query, q2::codes(all, n, 3, 2), results), q2::errc::input_too_short, what);
    refused(each(query, q2::codes(all, n, 2, 1), results), q2::errc::argument, what);
    refused(each(query, codes, {results.data(), 1}), q2::errc::output_too_short, what);
    refused(nearest(part, codes, ids, results, found), q2::errc::input_too_short, what);
    refused(nearest(query, codes, ids, {results.data(), 1}, found), q2::errc::output_too_short, what);
    refused(nearest(query, codes, {}, {}, found), q2::errc::argument, what);
    refused(nearest_many(Queries(two, n), codes, 2, ids, results, found), q2::errc::output_too_short, what);
    refused(nearest_many(Queries(two, n), codes, 0, ids, results, found), q2::errc::argument, what);
    refused(nearest_many(Queries(two, n), codes, q2::max_nearest + 1, ids, results, found), q2::errc::argument, what);
    refused(nearest_many(Queries(two, 4), codes, 1, ids, results, found), q2::errc::argument, what);
    refused(nearest_many(Queries(part, n), codes, 1, ids, results, found), q2::errc::input_too_short, what);
    CHECK(one == 77 && results[0] == 77 && results[1] == 77 && ids[0] == 77 && ids[1] == 77 && found == 77, "%s: something was written", what);
    CHECK(!nearest(query, q2::codes({}, n), ids, results, found) && found == 0, "%s: no codes are no neighbours", what);
}

void rankings_refuse() {
    const std::array<std::uint8_t, 16> codes{0xB4, 0xA7, 0x1E, 0x0D};
    const std::array<std::int8_t, 16> levels{127, 4, -4, -127};
    ranking_refuses<std::uint32_t, std::uint8_t, q2::codes>("lee", codes, 2, q2::lee, q2::lee, q2::nearest, q2::nearest_many);
    ranking_refuses<std::uint32_t, std::uint8_t, q2::codes>("l1", codes, 2, q2::l1, q2::l1, q2::l1_nearest, q2::l1_nearest_many);
    ranking_refuses<float, std::uint8_t, q2::codes>("code_dot", codes, 2, q2::code_dot, q2::code_dot, q2::code_dot_nearest, q2::code_dot_nearest_many);
    ranking_refuses<float, std::int8_t, q2::vectors>("dot", levels, n, q2::dot, q2::dot, q2::dot_nearest, q2::dot_nearest_many);

    std::array<std::int8_t, 8> query;
    query.fill(0x5A);
    std::vector<float> bad = good;
    refused(q2::dot_query(good, {query.data(), 7}), q2::errc::output_too_short, "7 int8 for 8 floats");
    refused(q2::dot_query({}, query), q2::errc::argument, "a query of no elements");
    refused(q2::dot_query(std::vector<float>(q2::max_dim + 1), query), q2::errc::argument, "a query beyond the largest n");
    for (float value : {std::nanf(""), INFINITY, -INFINITY}) {
        bad[5] = value;
        refused(q2::dot_query(bad, query), q2::errc::not_finite, "a query that is not finite");
    }
    untouched(query, "dot_query");
    CHECK(!q2::dot_query(good, query) && query[0] == 127 && query[1] == 4 && query[3] == -127, "a query: %d %d %d", query[0], query[1], query[3]);
}

/* A part of a row, code or vector at the end is a shape that does not fit, and never left out silently. */
void parts_are_refused() {
    const std::array<std::uint8_t, 5> all{0xB4, 0xA7, 0x1E, 0x0D, 0xFF};
    const std::array<std::int8_t, 9> levels{};
    std::array<std::uint8_t, 4> packed{0x5A, 0x5A, 0x5A, 0x5A};
    std::array<std::uint32_t, 3> distances{77, 77, 77};
    std::array<std::uint64_t, 3> ids{};
    std::array<float, 3> scores{};
    std::size_t found = 0;
    refused(q2::quantise_rows(q2::rows(std::vector<float>(11), n), {packed}), q2::errc::input_too_short, "11 floats as rows of 8");
    refused(q2::lee({all.data(), 2}, q2::codes(all, n), distances), q2::errc::input_too_short, "5 bytes as codes of 2");
    refused(q2::dot_nearest_many(q2::vectors(levels, n), q2::codes({all.data(), 4}, n), 1, ids, scores, found), q2::errc::input_too_short, "9 int8 as vectors of 8");
    untouched(packed, "parts");
    CHECK(distances[0] == 77, "a distance was written");
}

void codes_are_errors() {
    CHECK(q2::make_error_code(q2::errc::argument) == std::errc::invalid_argument, "a condition of the standard");
    CHECK(q2::make_error_code(q2::errc::output_too_short) == std::errc::no_buffer_space, "a condition of the standard");
    CHECK(q2::make_error_code(q2::errc::not_finite).message() == "sum of squares is not finite", "libq2's own text");
    refused(q2::force_isa("mmx"), q2::errc::argument, "an unknown instruction set");
    CHECK(!q2::force_isa(nullptr), "the best");
    CHECK(q2::key{0xE4D8000000000000}.symbols(7) == "DCBADBC" && q2::key{0}.symbols(1) == "A", "letters of a key");
}

#if __cplusplus >= 202002L
void spans_are_taken() {
    std::array<std::uint8_t, 2> packed{};
    CHECK(!q2::quantise(std::span<const float>(good), std::span<std::uint8_t>(packed)) && packed[0] == 0xB4, "std::span");
}
#else
void spans_are_taken() {}
#endif

} // namespace

int main() {
    quantise_refuses();
    rows_refuse();
    distances_refuse();
    rankings_refuse();
    parts_are_refused();
    codes_are_errors();
    spans_are_taken();
}
