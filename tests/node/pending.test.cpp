#include "snow/node/pending.hpp"

#include "support/catch.hpp"

namespace pending_test {

using snow::pending_table;
using snow::request_kind;

TEST_CASE("an answer takes its question out by number and token, once [S-51]") {
  pending_table t{10, 10};
  REQUIRE(t.add(1, {{2, 3, 4}, 77, request_kind::ask}) == pending_table::added::yes);
  CHECK_FALSE(t.answered(1, 78));
  CHECK_FALSE(t.answered(2, 77));
  CHECK(t.requests() == 1);
  CHECK(t.answered(1, 77));
  CHECK_FALSE(t.answered(1, 77));
  CHECK(t.requests() == 0);
}

TEST_CASE("an answer does not end a spawn, which its own reply does [S-51]") {
  pending_table t{10, 10};
  REQUIRE(t.add(1, {{2, 3, 4}, 0, request_kind::spawn}) == pending_table::added::yes);
  CHECK_FALSE(t.answered(1, 0));
  CHECK(t.take(1));
  CHECK_FALSE(t.take(1));
}

TEST_CASE("what was there at the end is given once, in order, and nothing gets in after it [S-68]") {
  pending_table t{10, 10};
  snow::watch const w{{1, 2, 3}, 5, {4, 5, 6}};
  for (std::uint64_t n = 9; n > 0; --n) t.add(n, {{2, 3, 4}, n, request_kind::ask});
  t.add_outgoing(5, w);
  t.add_incoming(w);
  t.add_call(7, {1, 8, 1});
  auto const all = t.close();
  REQUIRE(all.requests.size() == 9);
  for (std::uint64_t n = 1; n <= 9; ++n) CHECK(all.requests[n - 1].first == n);
  CHECK(all.outgoing.size() == 1);
  CHECK(all.incoming.size() == 1);
  CHECK(all.callees.size() == 1);
  CHECK(t.add(10, {{2, 3, 4}, 1, request_kind::ask}) == pending_table::added::closed);
  CHECK(t.add_outgoing(6, w) == pending_table::added::closed);
  CHECK(t.add_incoming(w) == pending_table::added::closed);
  CHECK_FALSE(t.take(1));
  auto const again = t.close();
  CHECK(
      (again.requests.empty() && again.outgoing.empty() && again.incoming.empty() && again.callees.empty()));
}

TEST_CASE("a session's requests and monitors are bounded [S-36]") {
  pending_table t{1, 1};
  snow::watch const w{{1, 2, 3}, 5, {4, 5, 6}};
  CHECK(t.add(1, {}) == pending_table::added::yes);
  CHECK(t.add(2, {}) == pending_table::added::full);
  CHECK(t.add_outgoing(1, w) == pending_table::added::yes);
  CHECK(t.add_outgoing(2, w) == pending_table::added::full);
  CHECK(t.takes_incoming());
  CHECK(t.add_incoming(w) == pending_table::added::yes);
  CHECK_FALSE(t.takes_incoming());
  CHECK(t.add_incoming({w.watcher, 6, w.target}) == pending_table::added::full);
}

}  // namespace pending_test
