# The C tests, fuzz targets and benchmarks: none of them is installed.

# Tests see the hidden kernels, so they link the static library. Q2_REQUIRE in the environment names the instruction sets that
# must be there: a missing one fails.
if(BUILD_TESTING)
  foreach(name golden arguments)
    add_executable(test_${name} ${c}/test_${name}.c)
    target_link_libraries(test_${name} PRIVATE q2_static)
  endforeach()
  add_test(NAME golden COMMAND test_golden ${CMAKE_CURRENT_SOURCE_DIR}/testdata/golden/golden.q2gv)
  add_test(NAME arguments COMMAND test_arguments)

  # Against an independent slow reference, which shares no code with the library.
  add_library(q2_test_reference STATIC ${c}/test_reference.c)
  target_link_libraries(q2_test_reference PUBLIC q2_static m)
  foreach(name certify underflow every_length cut_points environment quantise_rows random lee lee_extremes nearest_many dot_query rankings)
    add_executable(test_${name} ${c}/test_${name}.c)
    target_compile_definitions(test_${name} PRIVATE _DEFAULT_SOURCE)
    target_link_libraries(test_${name} PRIVATE q2_test_reference)
    add_test(NAME ${name} COMMAND test_${name})
  endforeach()
endif()

# One libFuzzer target per entry point: every kernel against the slow reference. The corpus is testdata/fuzz-c.
if(Q2_FUZZ AND BUILD_TESTING)
  foreach(name quantise quantise_rows key lee rankings)
    add_executable(fuzz_${name} ${c}/fuzz_${name}.c)
    target_link_libraries(fuzz_${name} PRIVATE q2_test_reference)
    target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
  endforeach()
endif()

# Figures for people: not a test, not installed.
add_executable(bench_quantise EXCLUDE_FROM_ALL ${c}/bench_quantise.c ${c}/bench_yardstick.c ${c}/bench_read_limit.c)
target_link_libraries(bench_quantise PRIVATE q2_static m)
add_executable(bench_lee EXCLUDE_FROM_ALL ${c}/bench_lee.c ${c}/bench_read_limit.c)
target_link_libraries(bench_lee PRIVATE q2_static)
