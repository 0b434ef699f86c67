int answer();

int answer() {
  int const answer = 42;
  return answer;
}
