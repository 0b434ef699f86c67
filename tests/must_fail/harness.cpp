// EXPECT: snow: this is only the harness, seen to work

template <class T>
constexpr bool refuse(T) {
#ifdef SNOW_MUST_FAIL
  // In a template, which the compiler has to make an instance of first.
  static_assert(sizeof(T) == 0, "snow: this is only the harness, seen to work");
#endif
  return true;
}

int main() {
  return refuse(1) ? 0 : 1;  // SHOWN
}
