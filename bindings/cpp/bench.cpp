/* Nanoseconds a call and a row through the C++ interface, as the tables of docs/PERFORMANCE.md have them: Gaussian fp32 rows, four of them for single calls and 1000 in one call, median of 15 rounds of some 20 ms. */
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <random>
#include <vector>

#include <q2.hpp>

namespace {

template <class F> double nanoseconds(std::size_t rows_a_call, F &&call) {
    using clock = std::chrono::steady_clock;
    const auto run = [&](std::size_t times) {
        const auto start = clock::now();
        for (std::size_t i = 0; i < times; i++) call(i);
        return std::chrono::duration<double, std::nano>(clock::now() - start).count();
    };
    const auto times = static_cast<std::size_t>(2e7 / (run(10) / 10)) + 1;
    std::vector<double> rounds;
    for (int i = 0; i < 15; i++) rounds.push_back(run(times) / static_cast<double>(times * rows_a_call));
    std::sort(rounds.begin(), rounds.end());
    return rounds[rounds.size() / 2];
}

void measure(std::size_t n) {
    const std::size_t count = 1000;
    std::mt19937 random(1);
    std::normal_distribution<float> gauss;
    std::vector<float> data(n * count);
    for (float &x : data) x = gauss(random);
    std::vector<std::uint8_t> packed(q2::packed_size(n) * count);
    std::vector<q2::key> keys(count);
    std::error_code error;
    const double call = nanoseconds(1, [&](std::size_t i) {
        const std::size_t at = i % 4;
        error = q2::quantise(q2::view<const float>(data.data() + at * n, n), packed, keys[at]);
    });
    const double row = nanoseconds(count, [&](std::size_t) { error = q2::quantise_rows(q2::rows(data, n), {packed, 0, keys}); });
    std::printf("| C++ | %zu | %.1f | %.1f |\n", n, call, row);
}

} // namespace

int main() {
    std::printf("libq2 %s, %s; ns\n| binding | n | a call of one row | a row of 1000 |\n|---|---:|---:|---:|\n", q2::version(), q2::isa());
    measure(384);
    measure(4096);
}
