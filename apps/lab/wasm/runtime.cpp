// What the C++ library for WebAssembly leaves to the program.
//
// `throw`: what() goes to JavaScript, which throws it on. Nothing is unwound: no destructor runs, no `catch`
// catches, and the caller drops the whole instance of the engine.
#include <cstdlib>
#include <cstring>
#include <exception>
#include <typeinfo>

__attribute__((import_module("lab"), import_name("fail"))) void lab_fail(const char* text,
                                                                         std::size_t length);

extern "C" {

void* __cxa_allocate_exception(std::size_t size) { return std::malloc(size); }

/// Everything that Norma, its libraries and `new` throw is a std::exception first of all.
[[noreturn]] void __cxa_throw(void* thrown, std::type_info*, void (*)(void*)) {
  const char* what = static_cast<std::exception*>(thrown)->what();
  lab_fail(what, std::strlen(what));
  std::abort();
}

/// The destructors of a thread's variables: the one thread does not end.
int __cxa_thread_atexit(void (*)(void*), void*, void*) { return 0; }

}  // extern "C"
