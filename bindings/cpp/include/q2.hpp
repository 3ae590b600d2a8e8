/* q2.hpp: libq2 for C++17, in one header.
 *
 * Nothing is copied, allocated or thrown: rows and codes are read, and results written, where the caller has them. A function returns a
 * std::error_code of q2::category(), false when all went well; what it refuses for an argument's sake leaves every output as it was. Sections are those of
 * docs/SPEC.md; thread-safety and alignment are as in q2.h, which this header stands on. */
#ifndef Q2_HPP
#define Q2_HPP

#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <string>
#include <system_error>
#include <type_traits>

#include <q2.h>

namespace q2 {

/* ---- errors ---- */

enum class errc {
    argument = Q2_ERR_ARGUMENT,       // n, k, a stride or a dtype out of range
    unsupported = Q2_ERR_UNSUPPORTED, // an instruction set that this machine lacks
    not_finite = Q2_ERR_NOT_FINITE,   // a NaN, an infinity, or squares that overflow (section 2)
    input_too_short,                  // an input holds fewer elements than its shape says
    output_too_short                  // an output has less room than the result needs
};

inline const std::error_category &category() noexcept {
    struct q2_category final : std::error_category {
        const char *name() const noexcept override { return "q2"; }
        std::string message(int value) const override {
            switch (static_cast<errc>(value)) {
            case errc::input_too_short: return "input shorter than its shape says";
            case errc::output_too_short: return "output too short for the result";
            default: return q2_status_text(static_cast<q2_status>(value));
            }
        }
        std::error_condition default_error_condition(int value) const noexcept override {
            switch (static_cast<errc>(value)) {
            case errc::argument:
            case errc::input_too_short: return std::errc::invalid_argument;
            case errc::unsupported: return std::errc::function_not_supported;
            case errc::not_finite: return std::errc::argument_out_of_domain;
            case errc::output_too_short: return std::errc::no_buffer_space;
            }
            return std::error_condition(value, *this);
        }
    };
    static const q2_category one;
    return one;
}

inline std::error_code make_error_code(errc value) noexcept { return {static_cast<int>(value), category()}; }

} // namespace q2

template <> struct std::is_error_code_enum<q2::errc> : std::true_type {};

namespace q2 {

namespace detail {
inline std::error_code error_of(q2_status status) noexcept { return {static_cast<int>(status), category()}; }
} // namespace detail

/* ---- views ---- */

/* A pointer and a number of elements; std::span, vectors, arrays and whatever else has data() and size() convert to it. */
template <class T> class view {
  public:
    constexpr view() noexcept = default;
    constexpr view(T *data, std::size_t size) noexcept : data_(data), size_(size) {}
    template <class C, class P = decltype(std::data(std::declval<C &>())), class = decltype(std::size(std::declval<C &>())),
              class = std::enable_if_t<std::is_convertible_v<std::remove_pointer_t<P> (*)[], T (*)[]>>>
    constexpr view(C &&from) noexcept : data_(std::data(from)), size_(std::size(from)) {}

    constexpr T *data() const noexcept { return data_; }
    constexpr std::size_t size() const noexcept { return size_; }

  private:
    T *data_ = nullptr;
    std::size_t size_ = 0;
};

/* ---- element types (section 1) ---- */

enum class dtype { fp32 = Q2_FP32, fp16 = Q2_FP16, q8 = Q2_Q8, q4 = Q2_Q4, q2 = Q2_Q2, bf16 = Q2_BF16 };

/* The bits of a binary16 and of a bfloat16, for those who have no type of their own. */
struct half {
    std::uint16_t bits;
};
struct bfloat16 {
    std::uint16_t bits;
};

/* element<T>::type is the dtype of T. Specialise it for a half type of your own that has the same bits. */
template <class T> struct element {
    static_assert(sizeof(T) == 0, "q2: rows are float, q2::half, q2::bfloat16 or std::int8_t; for others specialise q2::element, or give q2::tensor a dtype");
};
template <> struct element<float> : std::integral_constant<dtype, dtype::fp32> {};
template <> struct element<half> : std::integral_constant<dtype, dtype::fp16> {};
template <> struct element<bfloat16> : std::integral_constant<dtype, dtype::bf16> {};
template <> struct element<std::int8_t> : std::integral_constant<dtype, dtype::q8> {};

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wold-style-cast" // q2.h is C
inline constexpr std::size_t max_dim = Q2_MAX_DIM;         // largest n
inline constexpr std::size_t max_nearest = Q2_MAX_NEAREST; // largest number of neighbours
#pragma GCC diagnostic pop

/* Bytes of a packed code of n dimensions (section 5). */
constexpr std::size_t packed_size(std::size_t n) noexcept { return n / 4 + (n % 4 != 0); }

/* Bytes of a row of n elements; 0 for a dtype that does not exist. */
constexpr std::size_t row_size(dtype type, std::size_t n) noexcept {
    switch (type) {
    case dtype::fp32: return 4 * n;
    case dtype::fp16:
    case dtype::bf16: return 2 * n;
    case dtype::q8: return n;
    case dtype::q4: return n / 2;
    case dtype::q2: return packed_size(n);
    }
    return 0;
}

/* ---- what is read ---- */

namespace detail {

/* Rows of n elements somewhere in memory, any dtype; what tensor and rows have in common. The size of the memory is kept, so that a shape that does not fit is seen. */
struct block {
    const void *data = nullptr;
    std::size_t bytes = 0, n = 0;
    dtype type = dtype::fp32;

    /* count rows, stride bytes apart, end within the memory. What is out of range is left to libq2, which refuses it. */
    constexpr bool holds(std::size_t count, std::size_t stride) const noexcept {
        const std::size_t row = row_size(type, n);
        if (count == 0 || n > max_dim || row == 0 || stride < row) return true;
        return row <= bytes && count - 1 <= (bytes - row) / stride;
    }
};

/* How many items of a size there are in so many; a part counts as one, which is then too short. */
constexpr std::size_t pieces(std::size_t length, std::size_t size) noexcept { return size == 0 ? 0 : length / size + (length % size != 0); }

template <class R> using value_of = std::remove_cv_t<std::remove_pointer_t<decltype(std::data(std::declval<R &>()))>>;

} // namespace detail

/* A row-major tensor [seq_len x n], whose last row is the one that counts. */
struct tensor : detail::block {
    std::size_t seq_len = 1;

    tensor(const void *from, std::size_t length, dtype as, std::size_t dimensions, std::size_t tokens = 1) noexcept
        : block{from, length, dimensions, as}, seq_len(tokens) {}
    /* A vector, array or span of floats, halves or int8 that holds tokens rows of n. */
    template <class R, class T = detail::value_of<const R>>
    tensor(const R &from, std::size_t dimensions, std::size_t tokens) noexcept
        : tensor(std::data(from), std::size(from) * sizeof(T), element<T>::value, dimensions, tokens) {}
};

/* count rows of n elements, stride bytes apart. */
struct rows : detail::block {
    std::size_t count = 0, stride = 0;

    rows(const void *from, std::size_t length, dtype as, std::size_t dimensions, std::size_t number, std::size_t bytes_apart) noexcept
        : block{from, length, dimensions, as}, count(number), stride(bytes_apart) {}
    /* One row after the other in a vector, array or span of floats, halves or int8. A part of a row at the end is refused as too short. */
    template <class R, class T = detail::value_of<const R>>
    rows(const R &from, std::size_t dimensions) noexcept
        : rows(std::data(from), std::size(from) * sizeof(T), element<T>::value, dimensions, detail::pieces(std::size(from), dimensions), dimensions * sizeof(T)) {}
};

namespace detail {

/* What a code and a vector of int8 have in common: dtype and bytes for each n. */
template <class T> constexpr dtype type_of() noexcept { return std::is_same_v<T, std::uint8_t> ? dtype::q2 : dtype::q8; }

/* count items of n dimensions, stride bytes apart. */
template <class T> struct items {
    view<const T> bytes;
    std::size_t n = 0, count = 0, stride = 0;

    /* One item after the other. A part of one at the end is refused as too short. */
    items(view<const T> from, std::size_t dimensions) noexcept
        : items(from, dimensions, pieces(from.size(), row_size(type_of<T>(), dimensions)), row_size(type_of<T>(), dimensions)) {}
    items(view<const T> from, std::size_t dimensions, std::size_t number, std::size_t bytes_apart) noexcept
        : bytes(from), n(dimensions), count(number), stride(bytes_apart) {}

    bool complete() const noexcept { return block{bytes.data(), bytes.size(), n, type_of<T>()}.holds(count, stride); }
};

} // namespace detail

/* Packed codes of n dimensions, stride bytes apart. */
struct codes : detail::items<std::uint8_t> {
    using items::items;
};

/* Query vectors of n int8, stride bytes apart, for dot_nearest_many. */
struct vectors : detail::items<std::int8_t> {
    using items::items;
};

/* ---- keys (section 6) ---- */

struct key {
    std::uint64_t value = 0;

    /* 16 lower-case hex digits. */
    std::string hex() const {
        std::string text(16, '0');
        for (std::size_t i = 0; i < 16; i++) text[i] = "0123456789abcdef"[value >> (60 - 4 * i) & 15];
        return text;
    }
    /* The kept symbols, at most 32 of them, as ABCD. transitions tells D from D A, whose keys are equal. */
    std::string symbols(std::uint32_t transitions) const {
        std::string text(transitions < 32 ? transitions : 32, 'A');
        for (std::size_t i = 0; i < text.size(); i++) text[i] = "ABCD"[value >> (62 - 2 * i) & 3];
        return text;
    }
    friend constexpr bool operator==(key a, key b) noexcept { return a.value == b.value; }
    friend constexpr bool operator!=(key a, key b) noexcept { return a.value != b.value; }
    friend constexpr bool operator<(key a, key b) noexcept { return a.value < b.value; }
};
static_assert(sizeof(key) == sizeof(std::uint64_t) && std::is_standard_layout_v<key>, "libq2 writes keys as uint64_t");

/* What became of a row of quantise_rows. */
enum class row_status : std::uint8_t { ok = Q2_OK, not_finite = Q2_ERR_NOT_FINITE };

/* ---- quantising ---- */

/* Quantises the last row of the tensor into packed, packed_size(n) bytes of it (sections 1 to 6). key and transitions may be null, and leaving transitions out saves time. */
inline std::error_code quantise(const tensor &from, view<std::uint8_t> packed, key *to = nullptr, std::uint32_t *transitions = nullptr) noexcept {
    const std::size_t tokens = from.type == dtype::q2 ? 1 : from.seq_len;
    if (!from.holds(tokens, row_size(from.type, from.n))) return errc::input_too_short;
    if (from.n <= max_dim && packed.size() < packed_size(from.n)) return errc::output_too_short;
    return detail::error_of(q2_quantise(from.data, from.seq_len, from.n, static_cast<q2_dtype>(from.type), packed.data(), to ? &to->value : nullptr, transitions));
}

/* Quantises one row: a vector, array or span of float, q2::half, q2::bfloat16 or std::int8_t. n is its size. */
template <class R, class T = detail::value_of<const R>>
std::error_code quantise(const R &row, view<std::uint8_t> packed, key *to = nullptr, std::uint32_t *transitions = nullptr) noexcept {
    return quantise(tensor(std::data(row), std::size(row) * sizeof(T), element<T>::value, std::size(row)), packed, to, transitions);
}
template <class R> std::error_code quantise(const R &row, view<std::uint8_t> packed, key &to) noexcept { return quantise(row, packed, &to); }

/* Where quantise_rows puts its results. Code i is at packed + i * stride; keys, transitions and statuses take one element a row, or are left empty. */
struct row_results {
    view<std::uint8_t> packed;
    std::size_t stride = 0; // 0: packed_size(n), one code after the other
    view<key> keys = {};
    view<std::uint32_t> transitions = {};
    view<row_status> statuses = {};
};

/* Quantises every row. A row that is not finite gets a code of zeros, key 0 and 0 transitions, the others are done, and errc::not_finite is returned. */
inline std::error_code quantise_rows(const rows &from, const row_results &to) noexcept {
    const std::size_t size = packed_size(from.n), stride = to.stride == 0 ? size : to.stride;
    if (!from.holds(from.count, from.stride)) return errc::input_too_short;
    if (!detail::block{to.packed.data(), to.packed.size(), from.n, dtype::q2}.holds(from.count, stride)) return errc::output_too_short;
    const auto short_of = [&](std::size_t room, const void *data) { return data != nullptr && room < from.count; };
    if (short_of(to.keys.size(), to.keys.data()) || short_of(to.transitions.size(), to.transitions.data()) || short_of(to.statuses.size(), to.statuses.data()))
        return errc::output_too_short;
    return detail::error_of(q2_quantise_rows(from.data, from.stride, from.count, from.n, static_cast<q2_dtype>(from.type), to.packed.data(), stride,
                                             to.keys.data() ? &to.keys.data()->value : nullptr, to.transitions.data(),
                                             reinterpret_cast<std::uint8_t *>(to.statuses.data())));
}

/* The key of a packed code, and the number of its transitions unless that is null. */
inline std::error_code key_of(view<const std::uint8_t> packed, std::size_t n, key &to, std::uint32_t *transitions = nullptr) noexcept {
    if (n <= max_dim && packed.size() < packed_size(n)) return errc::input_too_short;
    return detail::error_of(q2_key(packed.data(), n, &to.value, transitions));
}

/* ---- rankings (sections 7 and 10) ----
 *
 * Four ways to compare, each with the same functions: a pair, one query and all codes, the nearest, the nearest of many queries. Distances are std::uint32_t,
 * smaller is nearer; scores are float, larger is nearer, never NaN, infinite or -0. Queries are codes but for dot, where they are vectors of n int8. */

namespace detail {

template <class Q> bool query_short(view<const Q> query, std::size_t n) noexcept { return n <= max_dim && query.size() < row_size(type_of<Q>(), n); }

template <class Q, class R>
std::error_code one(q2_status (*call)(const Q *, const std::uint8_t *, std::size_t, R *), view<const Q> query, view<const std::uint8_t> code, std::size_t n, R &result) noexcept {
    if (query_short(query, n) || query_short(code, n)) return errc::input_too_short;
    return error_of(call(query.data(), code.data(), n, &result));
}

template <class Q, class R>
std::error_code all(q2_status (*call)(const Q *, const std::uint8_t *, std::size_t, std::size_t, std::size_t, R *), view<const Q> query, const codes &of,
                    view<R> results) noexcept {
    if (!of.complete() || query_short(query, of.n)) return errc::input_too_short;
    if (results.size() < of.count) return errc::output_too_short;
    return error_of(call(query.data(), of.bytes.data(), of.stride, of.count, of.n, results.data()));
}

template <class Q, class R>
std::error_code nearest(q2_status (*call)(const Q *, const std::uint8_t *, std::size_t, std::size_t, std::size_t, std::size_t, std::uint64_t *, R *, std::size_t *),
                        view<const Q> query, const codes &of, view<std::uint64_t> ids, view<R> results, std::size_t &found) noexcept {
    if (!of.complete() || query_short(query, of.n)) return errc::input_too_short;
    if (results.size() < ids.size()) return errc::output_too_short;
    return error_of(call(query.data(), of.bytes.data(), of.stride, of.count, of.n, ids.size(), ids.data(), results.data(), &found));
}

template <class Q, class R>
std::error_code nearest_many(q2_status (*call)(const Q *, std::size_t, std::size_t, const std::uint8_t *, std::size_t, std::size_t, std::size_t, std::size_t, std::uint64_t *, R *,
                                               std::size_t *),
                             const items<Q> &queries, const codes &of, std::size_t k, view<std::uint64_t> ids, view<R> results, std::size_t &found) noexcept {
    if (queries.n != of.n) return errc::argument;
    if (!of.complete() || !queries.complete()) return errc::input_too_short;
    if (k != 0 && k <= max_nearest && (ids.size() / k < queries.count || results.size() / k < queries.count)) return errc::output_too_short;
    return error_of(call(queries.bytes.data(), queries.stride, queries.count, of.bytes.data(), of.stride, of.count, of.n, k, ids.data(), results.data(), &found));
}

} // namespace detail

/* Lee distance of two codes, 0..2n: the opposite extremes are neighbours. */
inline std::error_code lee(view<const std::uint8_t> a, view<const std::uint8_t> b, std::size_t n, std::uint32_t &distance) noexcept {
    return detail::one(q2_lee_distance, a, b, n, distance);
}

/* Lee distances of one query to all codes; distances takes one element a code. */
inline std::error_code lee(view<const std::uint8_t> query, const codes &all, view<std::uint32_t> distances) noexcept {
    return detail::all(q2_lee_distances, query, all, distances);
}

/* The codes nearest to the query by Lee distance, as many as ids has room for, 1 to max_nearest: nearest first, ties by lower index; found is their number, fewer
 * where there are fewer codes. What lies past found stays as it was. */
inline std::error_code nearest(view<const std::uint8_t> query, const codes &all, view<std::uint64_t> ids, view<std::uint32_t> distances, std::size_t &found) noexcept {
    return detail::nearest(q2_lee_nearest, query, all, ids, distances, found);
}

/* nearest for many queries in one pass over the codes: row j of ids and distances, k elements each, is query j's, and found the same for all. */
inline std::error_code nearest_many(const codes &queries, const codes &all, std::size_t k, view<std::uint64_t> ids, view<std::uint32_t> distances,
                                    std::size_t &found) noexcept {
    return detail::nearest_many(q2_lee_nearest_many, queries, all, k, ids, distances, found);
}

/* L1 distance of two codes, 0..3n: |a - b| of the symbols' values. The opposite extremes are far apart. */
inline std::error_code l1(view<const std::uint8_t> a, view<const std::uint8_t> b, std::size_t n, std::uint32_t &distance) noexcept {
    return detail::one(q2_l1_distance, a, b, n, distance);
}

/* L1 distances of one query to all codes; distances takes one element a code. */
inline std::error_code l1(view<const std::uint8_t> query, const codes &all, view<std::uint32_t> distances) noexcept {
    return detail::all(q2_l1_distances, query, all, distances);
}

/* As nearest, by L1 distance. */
inline std::error_code l1_nearest(view<const std::uint8_t> query, const codes &all, view<std::uint64_t> ids, view<std::uint32_t> distances, std::size_t &found) noexcept {
    return detail::nearest(q2_l1_nearest, query, all, ids, distances, found);
}

/* As nearest_many, by L1 distance. */
inline std::error_code l1_nearest_many(const codes &queries, const codes &all, std::size_t k, view<std::uint64_t> ids, view<std::uint32_t> distances,
                                       std::size_t &found) noexcept {
    return detail::nearest_many(q2_l1_nearest_many, queries, all, k, ids, distances, found);
}

/* Score of a code against a code by their levels -4, -1, 1, 4, divided by b's norm: the order of the arguments matters. */
inline std::error_code code_dot(view<const std::uint8_t> a, view<const std::uint8_t> b, std::size_t n, float &score) noexcept {
    return detail::one(q2_code_dot, a, b, n, score);
}

/* Scores of one code against all; scores takes one element a code. */
inline std::error_code code_dot(view<const std::uint8_t> query, const codes &all, view<float> scores) noexcept {
    return detail::all(q2_code_dot_scores, query, all, scores);
}

/* As nearest, by the largest scores of a code against codes. */
inline std::error_code code_dot_nearest(view<const std::uint8_t> query, const codes &all, view<std::uint64_t> ids, view<float> scores, std::size_t &found) noexcept {
    return detail::nearest(q2_code_dot_nearest, query, all, ids, scores, found);
}

/* As nearest_many, by the largest scores of codes against codes. */
inline std::error_code code_dot_nearest_many(const codes &queries, const codes &all, std::size_t k, view<std::uint64_t> ids, view<float> scores,
                                             std::size_t &found) noexcept {
    return detail::nearest_many(q2_code_dot_nearest_many, queries, all, k, ids, scores, found);
}

/* A query vector of n floats, of any scale, as the n int8 that dot takes: x[d] * (127 / max|x|), rounded half to even. errc::not_finite where a NaN or an
 * infinity is among them; nothing is written then. */
inline std::error_code dot_query(view<const float> vector, view<std::int8_t> query) noexcept {
    if (vector.size() <= max_dim && query.size() < vector.size()) return errc::output_too_short;
    return detail::error_of(q2_dot_query(vector.data(), vector.size(), query.data()));
}

/* Score of a query vector of n int8 against a code, divided by the code's norm: the ranking that finds most true neighbours. */
inline std::error_code dot(view<const std::int8_t> query, view<const std::uint8_t> code, std::size_t n, float &score) noexcept {
    return detail::one(q2_dot, query, code, n, score);
}

/* Scores of one query vector against all codes; scores takes one element a code. */
inline std::error_code dot(view<const std::int8_t> query, const codes &all, view<float> scores) noexcept { return detail::all(q2_dot_scores, query, all, scores); }

/* As nearest, by the largest scores of a query vector. */
inline std::error_code dot_nearest(view<const std::int8_t> query, const codes &all, view<std::uint64_t> ids, view<float> scores, std::size_t &found) noexcept {
    return detail::nearest(q2_dot_nearest, query, all, ids, scores, found);
}

/* As nearest_many, by the largest scores of query vectors. */
inline std::error_code dot_nearest_many(const vectors &queries, const codes &all, std::size_t k, view<std::uint64_t> ids, view<float> scores, std::size_t &found) noexcept {
    return detail::nearest_many(q2_dot_nearest_many, queries, all, k, ids, scores, found);
}

/* ---- the library ---- */

inline const char *version() noexcept { return q2_version(); }
inline const char *isa() noexcept { return q2_isa(); }

/* Chooses the instruction set of the whole process by name; null chooses the best. */
inline std::error_code force_isa(const char *name) noexcept { return detail::error_of(q2_force_isa(name)); }

} // namespace q2

template <> struct std::hash<q2::key> {
    std::size_t operator()(q2::key k) const noexcept { return std::hash<std::uint64_t>{}(k.value); }
};

#endif
