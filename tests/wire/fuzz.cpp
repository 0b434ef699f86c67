// What a peer may send, by libFuzzer: the first byte says what the others are, the bytes of a handshake or of
// an open session. Traps where something that reads does not write the same again, or where memory is beyond
// its limit.
//
//   cmake --preset clang -DSNOW_BUILD_FUZZERS=ON && cmake --build --preset clang --target snow_fuzz_wire
//   build/clang/tests/wire/snow_fuzz_wire -max_len=600 -max_total_time=60

#include <algorithm>

#include "snow/wire.hpp"

namespace {

namespace wire = snow::wire;
using wire::tag;

void expect(bool holds) {
  if (!holds) __builtin_trap();
}

class sum_prover final : public wire::prover {
 public:
  wire::proof prove(std::span<const std::byte> transcript) override {
    wire::proof sum{};
    for (auto const b : transcript) sum[0] ^= b;
    return sum;
  }
  /// So that a fuzzer finds its way behind the proofs.
  bool equal(const wire::proof& a, const wire::proof& b) noexcept override { return a[0] == b[0]; }
};

void shake(std::span<const std::byte> in, bool dialler, bool opening) {
  wire::hello own;
  own.name = "bob@h:2";
  if (dialler) own.dialled = "ann@h:1";
  sum_prover prover;
  snow::byte_buffer out;
  wire::handshake h{own, dialler, {}, prover, out};
  wire::frame_reader frames{in, h.largest_frame()};
  for (wire::frame f; frames.next(f); frames.set_largest(h.largest_frame())) {
    h.on_frame(f);
    if (h.now() == wire::handshake::state::proved && h.opens() && opening) h.open();
  }
  if (frames.failed()) h.on_failure(frames.why());
}

/// One end of an open session, as far as it needs no socket.
class session {
 public:
  session() {
    for (std::uint32_t slot = 0; slot < 5; ++slot) departures_.left({{1, 1}, wire::process{slot, 1}}, 30);
  }

  void take(const wire::frame& f) {
    if (f.tag == tag::fragment) return take_part(f.body);
    take_one_of<wire::send, wire::send_to_name, wire::reply, wire::spawn, wire::spawn_reply, wire::abandon,
                wire::exit, wire::down, wire::monitor, wire::demonitor, wire::link, wire::unlink,
                wire::unlink_ack, wire::peers, wire::credit, wire::goodbye, wire::ping, wire::pong>(f);
  }

 private:
  template <class... M>
  void take_one_of(const wire::frame& f) {
    (take_if<M>(f), ...);
  }
  template <class M>
  void take_if(const wire::frame& f) {
    if (f.tag != M::is) return;
    auto const m = wire::get<M>(f.body);
    if (!m) return expect(m.error() == snow::errc::protocol_violation);
    snow::byte_buffer again;
    wire::put(again, *m);
    expect(std::ranges::equal(again.span().subspan(wire::frame_header), f.body));
    if constexpr (M::is == tag::send) arrive(m->to, f.body.size());
    if constexpr (M::is == tag::credit) static_cast<void>(departures_.credited(*m));
  }
  void take_part(std::span<const std::byte> part) {
    wire::assembler::whole w;
    bool const complete = assembler_.take(part, w);
    expect(assembler_.bytes_held() <= window + largest);
    if (complete) take({w.tag, w.body.span()});
  }
  void arrive(const wire::process& to, std::size_t size) {
    std::uint64_t const charge = wire::charge_of(size);
    if (!windows_.arrived(to, charge, {})) return;
    if (to.slot % 2 == 1) windows_.left(to, charge, {});
    wire::credit c;
    while (windows_.is_due() && windows_.take(c)) continue;
    static_cast<void>(windows_.stalled({}, {}));
  }

  static constexpr std::uint64_t window = 1'000;
  static constexpr std::uint64_t largest = 5'000;
  wire::assembler assembler_{window, largest};
  wire::departures<int> departures_{window, 100, 3};
  wire::receive_windows windows_{window, 100, 3};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  auto const in = std::as_bytes(std::span{data, size}).subspan(1);
  if (data[0] % 2 == 1) {
    shake(in, (data[0] & 2) != 0, (data[0] & 4) != 0);
    return 0;
  }
  session s;
  wire::frame_reader frames{in, 4'096};
  for (wire::frame f; frames.next(f);) s.take(f);
  return 0;
}
