/* Every golden case (section 9) through the C++ interface: as a tensor with a dtype, as typed rows where C++ has the type, as a row of quantise_rows, and its key from its code. */
#include <cinttypes>
#include <cstring>
#include <fstream>
#include <iterator>
#include <vector>

#include <q2.hpp>

#include "check.hpp"

namespace {

struct record {
    std::uint32_t dtype, n, seq_len, status, source, input_length, packed_length, transitions;
    std::uint64_t key, zero;
};

const std::uint8_t canary = 0xA5;

void same(const char *how, unsigned index, const record &want, const std::uint8_t *expected, std::error_code error, const std::vector<std::uint8_t> &packed, q2::key key,
          std::uint32_t transitions) {
    CHECK(error.value() == static_cast<int>(want.status), "%s, case %u: %s", how, index, error.message().c_str());
    if (want.status != Q2_OK) return;
    CHECK(std::memcmp(packed.data(), expected, want.packed_length) == 0, "%s, case %u: another code", how, index);
    CHECK(packed[want.packed_length] == canary, "%s, case %u: written past the end", how, index);
    CHECK(key.value == want.key && transitions == want.transitions, "%s, case %u: key %s, %" PRIu32 " transitions", how, index, key.hex().c_str(), transitions);
}

/* The last row as elements of type T, in a vector of their own. */
template <class T> void check_typed(unsigned index, const record &want, const std::uint8_t *input, const std::uint8_t *expected) {
    std::vector<T> row(want.n);
    std::memcpy(row.data(), input + (want.seq_len - 1) * want.n * sizeof(T), want.n * sizeof(T));
    std::vector<std::uint8_t> packed(want.packed_length + 1, canary);
    q2::key key;
    std::uint32_t transitions = 0;
    const std::error_code error = q2::quantise(row, q2::view<std::uint8_t>(packed.data(), want.packed_length), &key, &transitions);
    same("typed", index, want, expected, error, packed, key, transitions);
}

void check_case(unsigned index, const record &want, const std::uint8_t *input, const std::uint8_t *expected) {
    const auto type = static_cast<q2::dtype>(want.dtype);
    std::vector<std::uint8_t> packed(want.packed_length + 1, canary);
    const q2::view<std::uint8_t> room(packed.data(), want.packed_length);
    q2::key key, again;
    std::uint32_t transitions = 0, counted = 0;

    std::error_code error = q2::quantise(q2::tensor(input, want.input_length, type, want.n, want.seq_len), room, &key, &transitions);
    same("tensor", index, want, expected, error, packed, key, transitions);
    if (!error) {
        error = q2::key_of(room, want.n, again, &counted);
        CHECK(!error && again == key && counted == transitions, "case %u: another key of the same code", index);
    }
    if (type == q2::dtype::fp32) check_typed<float>(index, want, input, expected);
    if (type == q2::dtype::fp16) check_typed<q2::half>(index, want, input, expected);
    if (type == q2::dtype::bf16) check_typed<q2::bfloat16>(index, want, input, expected);
    if (type == q2::dtype::q8) check_typed<std::int8_t>(index, want, input, expected);
    if (type == q2::dtype::q2) return;

    std::fill(packed.begin(), packed.end(), canary);
    const std::size_t row = q2::row_size(type, want.n), last = (want.seq_len - 1) * row;
    q2::row_status status{};
    error = q2::quantise_rows(q2::rows(input + last, want.input_length - last, type, want.n, 1, row),
                              {room, 0, {&key, 1}, {&transitions, 1}, {&status, 1}});
    same("rows", index, want, expected, error, packed, key, transitions);
    CHECK(static_cast<unsigned>(status) == want.status, "case %u: row status %u", index, static_cast<unsigned>(status));
}

} // namespace

int main(int, char **arguments) {
    std::ifstream stream(arguments[1], std::ios::binary);
    const std::vector<char> file{std::istreambuf_iterator<char>(stream), {}};
    CHECK(file.size() > 16 && std::memcmp(file.data(), "Q2GV", 4) == 0, "no golden file at %s", arguments[1]);
    std::uint32_t count = 0;
    std::memcpy(&count, file.data() + 8, sizeof count);
    std::size_t at = 16;
    for (unsigned i = 0; i < count; i++) {
        record want;
        CHECK(file.size() - at >= sizeof want, "the file ends in case %u", i);
        std::memcpy(&want, file.data() + at, sizeof want);
        const std::size_t length = sizeof want + want.input_length + want.packed_length;
        CHECK(file.size() - at >= length, "the file ends in case %u", i);
        const auto *input = reinterpret_cast<const std::uint8_t *>(file.data()) + at + sizeof want;
        check_case(i, want, input, input + want.input_length);
        at += (length + 7) / 8 * 8;
    }
    CHECK(count == 763 && at == file.size(), "%u cases, %zu bytes of %zu", count, at, file.size());
    std::printf("C++: %u of 763 golden cases\n", count);
}
