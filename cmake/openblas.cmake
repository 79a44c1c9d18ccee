# Finds OpenBLAS: sets NABLA_OPENBLAS_LIBRARIES and NABLA_OPENBLAS_INCLUDE_DIRS, or stops with the
# commands that install it. Nothing is downloaded.

set(NABLA_OPENBLAS_ROOT "" CACHE PATH
    "Folder that holds OpenBLAS' include/ and lib/; if given, it alone is searched")
if(DEFINED ENV{NABLA_OPENBLAS_ROOT})
  set_property(CACHE NABLA_OPENBLAS_ROOT PROPERTY VALUE "$ENV{NABLA_OPENBLAS_ROOT}")
endif()

# Accepts what a search found if there are a library and a cblas.h.
macro(nabla_accept_openblas libraries include_dirs)
  if(NOT NABLA_OPENBLAS_LIBRARIES)
    find_path(NABLA_CBLAS_DIR cblas.h PATHS ${include_dirs} PATH_SUFFIXES openblas NO_DEFAULT_PATH)
    if(NABLA_CBLAS_DIR AND NOT "${libraries}" STREQUAL "")
      set(NABLA_OPENBLAS_LIBRARIES "${libraries}")
      set(NABLA_OPENBLAS_INCLUDE_DIRS "${NABLA_CBLAS_DIR}")
    endif()
    unset(NABLA_CBLAS_DIR CACHE)
  endif()
endmacro()

# Looks in one folder, laid out as include/ and lib/.
macro(nabla_find_openblas_in root)
  if(NOT NABLA_OPENBLAS_LIBRARIES AND EXISTS "${root}")
    find_library(NABLA_OPENBLAS_FILE NAMES openblas libopenblas PATHS "${root}"
                 PATH_SUFFIXES lib lib64 NO_DEFAULT_PATH)
    if(NABLA_OPENBLAS_FILE)
      nabla_accept_openblas("${NABLA_OPENBLAS_FILE}" "${root}/include")
    endif()
    unset(NABLA_OPENBLAS_FILE CACHE)
  endif()
endmacro()

set(NABLA_OPENBLAS_LIBRARIES "")
set(NABLA_OPENBLAS_INCLUDE_DIRS "")

if(NABLA_OPENBLAS_ROOT)
  nabla_find_openblas_in("${NABLA_OPENBLAS_ROOT}")
  if(NOT NABLA_OPENBLAS_LIBRARIES)
    message(FATAL_ERROR "nabla cannot be built: expected OpenBLAS (include/cblas.h and lib/) in "
                        "NABLA_OPENBLAS_ROOT but found none in ${NABLA_OPENBLAS_ROOT}")
  endif()
endif()

if(NOT NABLA_OPENBLAS_LIBRARIES)
  find_package(OpenBLAS CONFIG QUIET)
  if(TARGET OpenBLAS::OpenBLAS)
    get_target_property(openblas_dirs OpenBLAS::OpenBLAS INTERFACE_INCLUDE_DIRECTORIES)
    nabla_accept_openblas(OpenBLAS::OpenBLAS "${openblas_dirs};${OpenBLAS_INCLUDE_DIRS}")
  elseif(OpenBLAS_FOUND)
    nabla_accept_openblas("${OpenBLAS_LIBRARIES}" "${OpenBLAS_INCLUDE_DIRS}")
  endif()
endif()

if(NOT NABLA_OPENBLAS_LIBRARIES)
  find_package(PkgConfig QUIET)
  if(PKG_CONFIG_FOUND)
    pkg_check_modules(NABLA_PKG_OPENBLAS QUIET openblas)
    if(NABLA_PKG_OPENBLAS_FOUND)
      nabla_accept_openblas("${NABLA_PKG_OPENBLAS_LINK_LIBRARIES}"
                            "${NABLA_PKG_OPENBLAS_INCLUDE_DIRS};/usr/include")
    endif()
  endif()
endif()

# Homebrew installs it keg-only: outside of every default path.
if(APPLE)
  foreach(prefix "$ENV{HOMEBREW_PREFIX}" /opt/homebrew /usr/local)
    nabla_find_openblas_in("${prefix}/opt/openblas")
  endforeach()
endif()

if(NOT NABLA_OPENBLAS_LIBRARIES)
  set(BLA_VENDOR OpenBLAS)
  find_package(BLAS QUIET)
  if(BLAS_FOUND)
    find_path(NABLA_BLAS_INCLUDE cblas.h PATH_SUFFIXES openblas)
    if(NABLA_BLAS_INCLUDE)
      nabla_accept_openblas("${BLAS_LIBRARIES}" "${NABLA_BLAS_INCLUDE}")
    endif()
    unset(NABLA_BLAS_INCLUDE CACHE)
  endif()
endif()

if(NOT NABLA_OPENBLAS_LIBRARIES)
  message(FATAL_ERROR "nabla cannot be built: OpenBLAS (cblas.h and the library) was not found. "
"Install it with
  Debian, Ubuntu  sudo apt-get install libopenblas-dev
  Fedora          sudo dnf install openblas-devel
  Alpine          sudo apk add openblas-dev
  macOS           brew install openblas
  Windows         vcpkg install openblas
or name the folder that holds its include/ and lib/ in NABLA_OPENBLAS_ROOT.")
endif()
message(STATUS "OpenBLAS: ${NABLA_OPENBLAS_LIBRARIES}, ${NABLA_OPENBLAS_INCLUDE_DIRS}")
