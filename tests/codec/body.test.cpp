#include "snow/codec/body.hpp"

#include <map>

#include "support/catch.hpp"
#include "wire/hex.hpp"

namespace body_test {

namespace {

using namespace hexadecimal;

/// A table that starts empty: each node knows the others by ids of its own.
class names final : public snow::node_names {
 public:
  explicit names(std::size_t most = 100) : most_{most} {}
  bool spell(snow::node_id id, std::string_view& name, std::uint64_t& creation) override {
    if (id == snow::no_node || id > entries_.size()) return false;
    name = entries_[id - 1].first;
    creation = entries_[id - 1].second;
    return true;
  }
  snow::node_id intern(std::string_view name, std::uint64_t creation) override {
    for (std::size_t i = 0; i < entries_.size(); ++i)
      if (entries_[i].first == name && entries_[i].second == creation)
        return static_cast<snow::node_id>(i + 1);
    if (entries_.size() == most_) return snow::no_node;
    entries_.emplace_back(name, creation);
    return static_cast<snow::node_id>(entries_.size());
  }

 private:
  std::size_t most_;
  std::vector<std::pair<std::string, std::uint64_t>> entries_;
};

struct members {
  std::string title;
  std::vector<snow::pid> pids;
};

snow::bytes body_of(const auto& value, snow::node_names* n) {
  snow::byte_buffer out;
  snow::writer w{out, n};
  snow::encode_body(w, value);
  CHECK_FALSE(w.failed());
  return snow::bytes::copy_of(out.span());
}

TEST_CASE("a body without pids has an empty table of names") {
  CHECK(hex(body_of(std::string{"a"}, nullptr).span()) == "000161");
  auto const again = snow::decode_body<std::string>(body_of(std::string{"a"}, nullptr), nullptr);
  CHECK(again.value() == "a");
}

TEST_CASE("a body names each node of its pids once, in front of the value") {
  names here;
  (void)here.intern("me@h:1", 1);
  (void)here.intern("b@h:2", 0x0102);
  members const m{"t", {{2, 5, 300}, {}, {1, 6, 7}, {2, 8, 9}}};
  CHECK(hex(body_of(m, &here).span()) ==
        hex(unhex("02 0562 40 68 3a 32 0201000000000000 06 6d 65 40 68 3a 31 0100000000000000"
                  "0174 04 01 05 ac02 00 00 00 02 06 07 01 08 09")));
}

TEST_CASE("a pid that is forwarded as bytes names the same actor everywhere [S-53]") {
  names a, c;
  for (auto const* n : {"a@h:1", "b@h:2", "c@h:3"}) (void)a.intern(n, 7);
  (void)c.intern("c@h:3", 7);
  (void)c.intern("x@h:9", 9);
  auto const bytes = body_of(members{"t", {{3, 1, 1}, {1, 2, 2}}}, &a);
  auto const there = snow::decode_body<members>(bytes, &c).value();
  std::string_view name;
  std::uint64_t creation = 0;
  CHECK(there.pids[0] == snow::pid{1, 1, 1});
  REQUIRE(c.spell(there.pids[1].node, name, creation));
  CHECK(name == "a@h:1");
  CHECK(creation == 7);
}

TEST_CASE("a pid of a node that is forgotten is not written") {
  names here;
  snow::byte_buffer out;
  snow::writer w{out, &here};
  snow::encode_body(w, members{"t", {{9, 1, 1}}});
  CHECK(w.failed());
  CHECK(std::string{w.why()} == "a pid of a node that is forgotten");
}

TEST_CASE("truncated and flipped bodies with pids are errors or values whose nodes were named") {
  names here;
  (void)here.intern("me@h:1", 1);
  (void)here.intern("b@h:2", 2);
  auto const good = body_of(members{"t", {{2, 5, 300}, {}, {1, 6, 7}}}, &here);
  auto const decode = [](std::span<const std::byte> in) {
    names there{3};
    auto r = snow::decode_body<members>(snow::bytes::copy_of(in), &there);
    if (!r) return false;
    std::string_view name;
    std::uint64_t creation = 0;
    for (auto const& p : r->pids)
      CHECK((p.node == snow::no_node ? p == snow::pid{} : there.spell(p.node, name, creation)));
    return true;
  };
  CHECK(decode(good.span()));
  for (std::size_t size = 0; size < good.size(); ++size) CHECK_FALSE(decode(good.span().first(size)));
  std::vector<std::byte> bad(good.data(), good.data() + good.size());
  for (std::size_t bit = 0; bit < 8 * bad.size(); ++bit) {
    bad[bit / 8] ^= std::byte{1} << bit % 8;
    (void)decode(bad);
    bad[bit / 8] ^= std::byte{1} << bit % 8;
  }
}

TEST_CASE("a bad table of names is refused") {
  auto const fault = [](std::string_view digits, snow::node_names* n) {
    auto const r =
        snow::decode_body<snow::pid>(snow::bytes::copy_of(std::span<const std::byte>{unhex(digits)}), n);
    return r ? std::string{"none"} : r.error().details();
  };
  names full{1};
  CHECK(fault("01 0161 0100000000000000 01 02 03", &full) == "none");
  CHECK(fault("01 0162 0100000000000000 01 02 03", &full) == "the table of node names is full, at byte 11");
  CHECK(fault("01 0161 0100000000000000 02 02 03", &full) ==
        "a pid of a node that was not named, at byte 14");
  CHECK(fault("01 0161 0100000000000000 01 02 03", nullptr) ==
        "a body with pids where none can be, at byte 1");
  CHECK(fault("01 00 0100000000000000 01 02 03", &full) == "a node's name of a bad length, at byte 10");
  CHECK(fault("ff01 0161", &full) == "a count of more than there is, at byte 2");
}

}  // namespace

}  // namespace body_test
