#include <fstream>
#include <map>

#include "snow/session/prover.hpp"
#include "support/catch.hpp"
#include "wire/hex.hpp"
#include "wire/samples.hpp"

namespace protocol_document_test {

namespace {

using namespace hexadecimal;
namespace wire = snow::wire;

/// `name: hex`, one a line; an indented line goes on with the one before.
std::map<std::string, std::string> printed() {
  std::ifstream in{SNOW_PROTOCOL_DOCUMENT};
  std::map<std::string, std::string> all;
  std::string line, name;
  while (std::getline(in, line) && line != "```golden") continue;
  while (std::getline(in, line) && line != "```") {
    auto const colon = line.find(": ");
    if (line.front() != ' ') name = line.substr(0, colon);
    all[name] += hex(unhex(line.front() == ' ' ? line : line.substr(colon + 2)));
  }
  return all;
}

/// What both ends say in the handshake of the document.
std::map<std::string, std::string> shaken() {
  std::map<std::string, std::string> all;
  snow::cookie_prover prover{"only-for-this-example"};
  wire::hello ann, bob;
  ann.name = "ann@h:1";
  ann.dialled = "bob@h:2";
  ann.creation = 0x0807060504030201;
  ann.nonce.fill(std::byte{0xCC});
  bob.name = "bob@h:2";
  bob.creation = 0x1817161514131211;
  bob.nonce.fill(std::byte{0xDD});
  snow::byte_buffer said_by_ann, said_by_bob;
  wire::handshake a{ann, true, {}, prover, said_by_ann};
  wire::handshake b{bob, false, {}, prover, said_by_bob};
  auto const pass = [&all](std::string name, snow::byte_buffer& from, wire::handshake& to) {
    all[std::move(name)] = hex(from.span());
    wire::frame_reader frames{from.span(), wire::longest_handshake};
    wire::frame f;
    REQUIRE(frames.next(f));
    to.on_frame(f);
    from.clear();
  };
  pass("HELLO of the dialler", said_by_ann, b);
  pass("HELLO of the acceptor", said_by_bob, a);
  pass("PROOF of the dialler", said_by_ann, b);
  pass("PROOF of the acceptor", said_by_bob, a);
  REQUIRE(a.now() == wire::handshake::state::proved);
  a.open();
  pass("OPEN", said_by_ann, b);
  b.refuse(snow::errc::duplicate);
  pass("REFUSE, duplicate", said_by_bob, a);
  return all;
}

TEST_CASE("the document prints the bytes that the code writes, of every message") {
  auto written = shaken();
  for (auto const& s : samples::all()) written[std::string{s.name}] = hex(s.frame.span());
  snow::byte_buffer parts;
  wire::splitter in_parts{8, 1'000};
  in_parts.add({1, 1}, wire::tag::send, snow::bytes::copy_of(unhex("0102030405060708090a0b0c")));
  while (!in_parts.empty()) in_parts.next(parts);
  written["FRAGMENT, twice"] = hex(parts.span());

  auto const document = printed();
  for (auto const& [name, bytes] : written) {
    INFO(name);
    auto const it = document.find(name);
    CHECK((it == document.end() ? "" : it->second) == bytes);
  }
  for (auto const& [name, bytes] : document) {
    INFO(name << " of the document");
    CHECK(written.contains(name));
  }
}

}  // namespace

}  // namespace protocol_document_test
