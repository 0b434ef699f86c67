#pragma once

/// The few macros of snow, each with its reason. None of them changes the layout of a public type.

#define SNOW_VERSION_MAJOR 0
#define SNOW_VERSION_MINOR 1
#define SNOW_VERSION_PATCH 0

// Clang with Asio 1.22 and libstdc++: Asio does not see coroutines unless told.
#if defined(__clang__) && !defined(ASIO_HAS_CO_AWAIT) && !defined(ASIO_DISABLE_CO_AWAIT)
#define ASIO_HAS_CO_AWAIT 1
#define ASIO_HAS_STD_COROUTINE 1
#endif

// On a function that reads a thread_local variable: a coroutine goes on on other threads, and Clang keeps
// what it knows of the variable across the suspension, unless the function is a call (LLVM issues 63022,
// 111257).
#if defined(__clang__)
#define SNOW_READS_THREAD_LOCAL [[gnu::noinline]]
#else
#define SNOW_READS_THREAD_LOCAL
#endif

// Before a function that other headers declare and the library of snow::snow defines, once for a project:
// inline where there is no such library, and part of it although nothing in it calls the function. No
// constructor or destructor: of those Clang makes no part of it.
#if defined(SNOW_COMPILES_LIBRARY)
#define SNOW_COMPILED_ONCE [[gnu::used]] inline
#else
#define SNOW_COMPILED_ONCE inline
#endif

// At the end of a header: a class template's instance that many files use, and one unit of that library makes
// for them all.
#if defined(SNOW_INSTANTIATES)
#define SNOW_INSTANTIATED_ONCE(...) template __VA_ARGS__;
#elif defined(SNOW_SEPARATE_COMPILATION)
#define SNOW_INSTANTIATED_ONCE(...) extern template __VA_ARGS__;
#else
#define SNOW_INSTANTIATED_ONCE(...)
#endif

// The sanitizers must be told what a pool hands out and takes back.
#if defined(__SANITIZE_ADDRESS__)
#define SNOW_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SNOW_ASAN 1
#endif
#endif
#if !defined(SNOW_ASAN)
#define SNOW_ASAN 0
#endif
