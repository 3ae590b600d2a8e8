# `cpack` in a build folder: libq2-1 and libq2-dev as .deb, or all in one .tar.gz. A .deb wants -DCMAKE_INSTALL_PREFIX=/usr, which is
# also what makes its libraries go to Debian's folder of this architecture; ci/deb does both.
set(CPACK_PACKAGE_NAME q2)
set(CPACK_PACKAGE_VENDOR "Q2 maintainers")
set(CPACK_PACKAGE_CONTACT "Q2 maintainers <q2kernel@users.noreply.github.com>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "${PROJECT_DESCRIPTION}")
set(CPACK_RESOURCE_FILE_LICENSE ${CMAKE_CURRENT_SOURCE_DIR}/LICENSE)
set(CPACK_VERBATIM_VARIABLES ON)
set(CPACK_STRIP_FILES ON)
string(TOLOWER "${CMAKE_SYSTEM_NAME}-${CMAKE_SYSTEM_PROCESSOR}" q2_platform)
set(CPACK_PACKAGE_FILE_NAME libq2-${PROJECT_VERSION}-${q2_platform})
set(CPACK_GENERATOR TGZ)
set(CPACK_SOURCE_GENERATOR "")
set(CPACK_ARCHIVE_COMPONENT_INSTALL OFF)

# The components are Debian's packages; the library's carries the ABI number, so that two of them can be installed side by side.
set(q2_deb_runtime libq2-${q2_abi_version})
set(CPACK_COMPONENTS_ALL runtime dev)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS OFF)
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS ON)
set(CPACK_DEBIAN_PACKAGE_GENERATE_SHLIBS_POLICY ">=")
set(CPACK_DEBIAN_RUNTIME_PACKAGE_NAME ${q2_deb_runtime})
set(CPACK_DEBIAN_RUNTIME_PACKAGE_SECTION libs)
set(CPACK_DEBIAN_RUNTIME_DESCRIPTION
"libq2 turns the hidden state of a transformer into a code of 2 bits a
dimension and a 64-bit key, and compares codes by Lee distance, with AVX2,
AVX-512, NEON or portable C. The bytes are the same on every machine.

This package holds the shared library.")
# The trigger is Debian's way to have ldconfig run; CPack adds scripts that call it as well.
set(CPACK_DEBIAN_RUNTIME_PACKAGE_CONTROL_EXTRA ${CMAKE_CURRENT_SOURCE_DIR}/cmake/debian/triggers)
set(CPACK_DEBIAN_DEV_PACKAGE_NAME libq2-dev)
set(CPACK_DEBIAN_DEV_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEV_PACKAGE_DEPENDS "${q2_deb_runtime} (= ${PROJECT_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE})")
set(CPACK_DEBIAN_DEV_DESCRIPTION
"libq2 turns the hidden state of a transformer into a code of 2 bits a
dimension and a 64-bit key, and compares codes by Lee distance.

This package holds the headers for C and C++, the static library, and what
pkg-config and CMake need to find them.")

# /usr/share/doc, for whoever installs into /usr.
find_program(Q2_GZIP gzip)
if(CMAKE_INSTALL_PREFIX STREQUAL /usr AND Q2_GZIP)
  set(q2_deb_version ${PROJECT_VERSION}-${CPACK_DEBIAN_PACKAGE_RELEASE})
  configure_file(cmake/debian/changelog.in ${CMAKE_CURRENT_BINARY_DIR}/changelog.Debian @ONLY)
  execute_process(COMMAND ${Q2_GZIP} -9nkf ${CMAKE_CURRENT_BINARY_DIR}/changelog.Debian RESULT_VARIABLE q2_failed)
  if(q2_failed)
    message(FATAL_ERROR "${Q2_GZIP} cannot compress changelog.Debian: ${q2_failed}")
  endif()
  foreach(component runtime dev)
    string(TOUPPER ${component} upper)
    install(FILES cmake/debian/copyright ${CMAKE_CURRENT_BINARY_DIR}/changelog.Debian.gz
      DESTINATION share/doc/${CPACK_DEBIAN_${upper}_PACKAGE_NAME} COMPONENT ${component})
  endforeach()
endif()
include(CPack)
