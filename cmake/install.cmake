# What `cmake --install` puts where. Component runtime is what a program needs to run; dev is what it needs to be built.
include(CMakePackageConfigHelpers)
set(q2_cmake_dir ${CMAKE_INSTALL_LIBDIR}/cmake/q2)

install(TARGETS q2_shared q2_static EXPORT q2-targets
  RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT runtime
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT runtime NAMELINK_COMPONENT dev
  ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT dev
  PUBLIC_HEADER DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT dev)

install(EXPORT q2-targets NAMESPACE q2:: DESTINATION ${q2_cmake_dir} COMPONENT dev)
configure_package_config_file(cmake/q2-config.cmake.in ${CMAKE_CURRENT_BINARY_DIR}/q2-config.cmake INSTALL_DESTINATION ${q2_cmake_dir})
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/q2-config-version.cmake COMPATIBILITY SameMajorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/q2-config.cmake ${CMAKE_CURRENT_BINARY_DIR}/q2-config-version.cmake
  DESTINATION ${q2_cmake_dir} COMPONENT dev)

# q2.pc finds its prefix from where it lies, so that the installed tree may be moved.
set(q2_pc_prefix ${CMAKE_INSTALL_PREFIX})
set(q2_pc_libdir ${CMAKE_INSTALL_LIBDIR})
set(q2_pc_includedir ${CMAKE_INSTALL_INCLUDEDIR})
if(NOT IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}" AND NOT IS_ABSOLUTE "${CMAKE_INSTALL_INCLUDEDIR}")
  file(RELATIVE_PATH q2_up /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
  string(REGEX REPLACE "/$" "" q2_up "${q2_up}")
  set(q2_pc_prefix "\${pcfiledir}/${q2_up}")
  set(q2_pc_libdir "\${prefix}/${CMAKE_INSTALL_LIBDIR}")
  set(q2_pc_includedir "\${prefix}/${CMAKE_INSTALL_INCLUDEDIR}")
endif()
set(q2_pc_libs_private "")
if(q2_libm)
  set(q2_pc_libs_private "-l${q2_libm}")
endif()
# Elsewhere the static library needs no other declarations than the shared one.
set(q2_pc_cflags_private "")
if(WIN32)
  set(q2_pc_cflags_private "Cflags.private: -DQ2_STATIC\n")
endif()
configure_file(cmake/q2.pc.in ${CMAKE_CURRENT_BINARY_DIR}/q2.pc @ONLY)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/q2.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT dev)
