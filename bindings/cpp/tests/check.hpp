/* One macro for the binding's tests: a failed check says where, and ends the program. */
#ifndef Q2_CHECK_HPP
#define Q2_CHECK_HPP
#include <cstdio>
#include <cstdlib>
#define CHECK(condition, ...)                                                            \
    do {                                                                                 \
        if (!(condition)) {                                                              \
            std::fprintf(stderr, "%s:%d: not so: %s: ", __FILE__, __LINE__, #condition); \
            std::fprintf(stderr, __VA_ARGS__);                                           \
            std::fputc('\n', stderr);                                                    \
            std::exit(1);                                                                \
        }                                                                                \
    } while (0)
#endif
