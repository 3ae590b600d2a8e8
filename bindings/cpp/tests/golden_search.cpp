/* Every ranking of testdata/golden-search through the C++ interface: each pair, one query and all codes, the nearest of one query and of two. */
#include <cstring>
#include <fstream>
#include <iterator>
#include <vector>

#include <q2.hpp>

#include "check.hpp"

namespace {

using bytes = q2::view<const std::uint8_t>;

/* The file, from some place on. */
class reader {
  public:
    explicit reader(const std::vector<char> &file) : file_(file) {}

    template <class T> std::vector<T> take(std::size_t count) {
        std::vector<T> values(count);
        CHECK(file_.size() - at_ >= count * sizeof(T), "the file ends after %zu bytes", at_);
        std::memcpy(values.data(), file_.data() + at_, count * sizeof(T));
        at_ += count * sizeof(T);
        return values;
    }
    void align() { at_ = (at_ + 7) / 8 * 8; }
    std::size_t at() const { return at_; }

  private:
    const std::vector<char> &file_;
    std::size_t at_ = 0;
};

/* One of the four rankings as overloads and functions of q2.hpp. */
#define RANKING(name, Queries, one_and_all, nearest_of, nearest_many_of)                              \
    struct name {                                                                                           \
        using queries = Queries;                                                                            \
        template <class... A> static std::error_code compare(A &&...a) { return q2::one_and_all(a...); }    \
        template <class... A> static std::error_code nearest(A &&...a) { return q2::nearest_of(a...); }     \
        template <class... A> static std::error_code nearest_many(A &&...a) { return q2::nearest_many_of(a...); } \
    }
RANKING(by_lee, q2::codes, lee, nearest, nearest_many);
RANKING(by_l1, q2::codes, l1, l1_nearest, l1_nearest_many);
RANKING(by_code_dot, q2::codes, code_dot, code_dot_nearest, code_dot_nearest_many);
RANKING(by_dot, q2::vectors, dot, dot_nearest, dot_nearest_many);

/* Bit for bit: a score of -0 would not be 0. */
template <class R> bool same(const R &a, const R &b) { return std::memcmp(&a, &b, sizeof a) == 0; }

template <class Ranking, class R, class Q>
void check(unsigned index, reader &file, const std::vector<Q> &query, const std::vector<std::uint8_t> &stored, std::size_t n, std::size_t count, std::size_t k) {
    const std::vector<R> want = file.take<R>(count);
    const std::vector<std::uint32_t> nearest = file.take<std::uint32_t>(k < count ? k : count);
    const q2::codes all(stored, n);
    const std::size_t size = q2::packed_size(n);
    std::vector<R> got(count);
    CHECK(all.count == count && !Ranking::compare(query, all, got), "case %u: all", index);
    for (std::size_t i = 0; i < count; i++) {
        R one{};
        CHECK(!Ranking::compare(query, bytes(stored.data() + i * size, size), n, one), "case %u: code %zu", index, i);
        CHECK(same(got[i], want[i]) && same(one, want[i]), "case %u: code %zu has another result", index, i);
    }

    std::vector<Q> twice = query;
    twice.insert(twice.end(), query.begin(), query.end());
    std::vector<std::uint64_t> ids(3 * k, 77);
    std::vector<R> near(3 * k);
    std::size_t found = 0, found_many = 0;
    CHECK(!Ranking::nearest(query, all, q2::view<std::uint64_t>(ids.data(), k), q2::view<R>(near.data(), k), found), "case %u: nearest", index);
    CHECK(!Ranking::nearest_many(typename Ranking::queries(twice, n), all, k, q2::view<std::uint64_t>(ids.data() + k, 2 * k), q2::view<R>(near.data() + k, 2 * k), found_many),
          "case %u: nearest_many", index);
    CHECK(found == nearest.size() && found_many == found, "case %u: %zu and %zu found of %zu", index, found, found_many, nearest.size());
    for (std::size_t i = 0; i < 3 * k; i++) {
        if (i % k >= found) {
            CHECK(ids[i] == 77, "case %u: written past the last neighbour", index);
            continue;
        }
        CHECK(ids[i] == nearest[i % k] && same(near[i], want[nearest[i % k]]), "case %u: neighbour %zu is another", index, i);
    }
}

void check_case(unsigned index, reader &file) {
    const auto header = file.take<std::uint32_t>(4);
    const std::size_t n = header[0], count = header[1], k = header[2];
    const auto vector = file.take<float>(n);
    const auto query = file.take<std::int8_t>(n);
    const auto code = file.take<std::uint8_t>(q2::packed_size(n)), stored = file.take<std::uint8_t>(count * q2::packed_size(n));
    std::vector<std::int8_t> made(n, 55);
    const std::error_code error = q2::dot_query(vector, made);
    CHECK(header[3] ? error == q2::errc::not_finite : !error, "case %u: %s", index, error.message().c_str());
    CHECK(made == (header[3] ? std::vector<std::int8_t>(n, 55) : query), "case %u: another query", index);
    check<by_lee, std::uint32_t>(index, file, code, stored, n, count, k);
    check<by_l1, std::uint32_t>(index, file, code, stored, n, count, k);
    check<by_code_dot, float>(index, file, code, stored, n, count, k);
    check<by_dot, float>(index, file, query, stored, n, count, k);
    file.align();
}

} // namespace

int main(int, char **arguments) {
    std::ifstream stream(arguments[1], std::ios::binary);
    const std::vector<char> content{std::istreambuf_iterator<char>(stream), {}};
    reader file(content);
    CHECK(std::memcmp(file.take<char>(4).data(), "Q2GS", 4) == 0, "no golden-search file at %s", arguments[1]);
    const auto header = file.take<std::uint32_t>(3);
    for (unsigned i = 0; i < header[1]; i++) check_case(i, file);
    CHECK(header[1] == 202 && file.at() == content.size(), "%u cases, %zu bytes of %zu", header[1], file.at(), content.size());
    std::printf("C++: %u of 202 cases of rankings\n", header[1]);
}
