# Toolchain of the preset `wasm`: Debian's clang 14 for WebAssembly, with the C and C++ libraries that Debian packages for
# it. Nothing is downloaded.
set(CMAKE_SYSTEM_NAME Generic)
set(CMAKE_SYSTEM_PROCESSOR wasm32)
set(CMAKE_TRY_COMPILE_TARGET_TYPE STATIC_LIBRARY)

set(packages "clang-14 lld-14 wasi-libc libclang-rt-14-dev-wasm32 libc++-14-dev-wasm32 libc++abi-14-dev-wasm32")
find_program(NORMA_WASM_CXX clang++-14)
find_program(NORMA_WASM_LD wasm-ld-14)
find_path(NORMA_WASM_LIBC wasi/api.h PATHS /usr/include/wasm32-wasi NO_DEFAULT_PATH)
find_path(NORMA_WASM_CXX_LIBRARY wasm32-wasi/libc++abi.a PATHS /usr/lib /usr/lib/llvm-14/lib NO_DEFAULT_PATH)
foreach(part NORMA_WASM_CXX NORMA_WASM_LD NORMA_WASM_LIBC NORMA_WASM_CXX_LIBRARY)
  if(NOT ${part})
    message(FATAL_ERROR "wasm: clang 14 for WebAssembly was not found (${part}). On Debian 12: apt-get install ${packages}")
  endif()
endforeach()

set(CMAKE_CXX_COMPILER ${NORMA_WASM_CXX})
set(CMAKE_CXX_COMPILER_TARGET wasm32-wasi)
set(CMAKE_CXX_FLAGS_INIT "-msimd128")
# A library that JavaScript calls.
set(CMAKE_EXE_LINKER_FLAGS_INIT "-mexec-model=reactor -Wl,--gc-sections -Wl,--strip-all")
