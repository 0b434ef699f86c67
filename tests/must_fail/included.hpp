// What nearly all of them include, compiled once.
#include <snow/codec.hpp>
#include <snow/process.hpp>
