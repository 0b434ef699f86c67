#include "snow/base/config.hpp"
// Asio needs the line above.
#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <atomic>
#include <future>
#include <map>
#include <mutex>
#include <thread>

#include "snow/actor.hpp"
#include "snow/session.hpp"
#include "support/catch.hpp"
#include "support/process.hpp"

// Named nodes of one process: over a transport of the user's, and on an io_context of the user's.

namespace transport_test {

inline std::uint64_t twice(std::uint64_t x) {
  return 2 * x;
}
SNOW_REGISTER(twice);

namespace {

/// Streams within one process, as a user would write a transport. Each event goes to the worker of its end.
class wires final : public snow::transport {
  struct end {
    snow::worker* home = nullptr;
    snow::stream::events* to = nullptr;
    std::vector<std::byte> arrived;
    std::span<std::byte> into;  // of a read that waits
    bool reads = false, waits_for_room = false, closed = false, at_its_end = false;
  };
  struct pair {
    std::mutex mutex;
    end ends[2];
  };

 public:
  void dial(snow::worker& home, const std::string& address, dialled done) override {
    std::lock_guard const lock{mutex_};
    ++dials;
    auto const it = listening_.find(address);
    if (it == listening_.end())
      return snow::run_on(home, [done] { done(snow::error{snow::errc::no_connection, "nobody listens"}); });
    auto const p = std::make_shared<pair>();
    auto& [there, each] = it->second;
    p->ends[0].home = &home;
    p->ends[1].home = there;
    snow::run_on(*there, [each = each, p] { each(std::make_unique<wire>(p, 1)); });
    snow::run_on(home, [done, p] { done(std::make_unique<wire>(p, 0)); });
  }
  std::unique_ptr<snow::acceptor> listen(snow::worker& home, const std::string& address,
                                         accepted each) override {
    struct ear final : snow::acceptor {
      ear(wires& of, std::string at) : of_{of}, at_{std::move(at)} {}
      ~ear() override {
        std::lock_guard const lock{of_.mutex_};
        of_.listening_.erase(at_);
      }
      wires& of_;
      std::string at_;
    };
    std::lock_guard const lock{mutex_};
    if (!listening_.emplace(address, std::pair{&home, std::move(each)}).second)
      throw snow::error{snow::errc::address_in_use, address};
    return std::make_unique<ear>(*this, address);
  }

  std::atomic<int> dials = 0;

 private:
  class wire final : public snow::stream {
   public:
    wire(std::shared_ptr<pair> p, int which) : pair_{std::move(p)}, which_{which} {}
    ~wire() override { close(); }

    void attach(events& to) noexcept override {
      std::lock_guard const lock{pair_->mutex};
      mine().to = &to;
    }
    void read(std::span<std::byte> into) override {
      std::lock_guard const lock{pair_->mutex};
      mine().into = into;
      mine().reads = true;
      stir(which_);
    }
    std::size_t write(std::span<const std::span<const std::byte>> parts, std::error_code& ec) override {
      std::lock_guard const lock{pair_->mutex};
      if (other().closed) return ec = std::make_error_code(std::errc::broken_pipe), 0;
      std::size_t n = 0;
      for (auto const& part : parts) {
        auto const some =
            part.first(std::min(part.size(), room_for - std::min(room_for, other().arrived.size())));
        other().arrived.insert(other().arrived.end(), some.begin(), some.end());
        n += some.size();
      }
      stir(1 - which_);
      return n;
    }
    void await_writable() override {
      std::lock_guard const lock{pair_->mutex};
      mine().waits_for_room = true;
      stir(which_);
    }
    void close() noexcept override {
      std::lock_guard const lock{pair_->mutex};
      if (std::exchange(mine().closed, true)) return;
      other().at_its_end = true;
      if (!other().closed) stir(1 - which_);
    }
    bool is_local() const noexcept override { return true; }
    const std::string& peer_address() const noexcept override {
      static const std::string name = "within";
      return name;
    }

   private:
    static constexpr std::size_t room_for = 10'000;
    end& mine() noexcept { return pair_->ends[which_]; }
    end& other() noexcept { return pair_->ends[1 - which_]; }

    /// Something may have changed for that end.
    void stir(int which) {
      end& e = pair_->ends[which];
      if (!e.closed && e.to) snow::run_on(*e.home, [p = pair_, which] { serve(p, which); });
    }
    static void serve(const std::shared_ptr<pair>& p, int which) {
      std::unique_lock lock{p->mutex};
      end& e = p->ends[which];
      end& peer = p->ends[1 - which];
      if (e.closed) return;
      bool const readable = e.reads && (!e.arrived.empty() || e.at_its_end);
      std::size_t const n = readable ? std::min(e.into.size(), e.arrived.size()) : 0;
      std::copy_n(e.arrived.begin(), n, e.into.begin());
      e.arrived.erase(e.arrived.begin(), e.arrived.begin() + static_cast<std::ptrdiff_t>(n));
      if (readable) e.reads = false;
      bool const writable = e.waits_for_room && (peer.arrived.size() < room_for || peer.closed);
      if (writable) e.waits_for_room = false;
      if (n != 0 && peer.waits_for_room && !peer.closed)
        snow::run_on(*peer.home, [p, which] { serve(p, 1 - which); });
      lock.unlock();
      if (readable) e.to->on_read({}, n);
      if (writable) e.to->on_writable({});
    }

    std::shared_ptr<pair> pair_;
    int which_;
  };

  std::mutex mutex_;
  std::map<std::string, std::pair<snow::worker*, accepted>, std::less<>> listening_;
};

snow::actor asks_twice(snow::context& self, std::string other, std::promise<std::uint64_t>* answer) {
  auto const peer = co_await self.node().connect(other);
  answer->set_value(co_await peer.call<transport_test::twice>(21));
}

snow::node_options options(std::string name) {
  snow::node_options o{.name = std::move(name), .cookie = "a cookie of the tests", .workers = 1};
  return o;
}

}  // namespace

TEST_CASE("a transport of the user's carries the sessions of a node") {
  auto const inner = std::make_shared<wires>();
  auto a = options("a@127.0.0.1:1"), b = options("b@127.0.0.1:2");
  a.transport = b.transport = inner;
  snow::node one{a}, two{b};
  CHECK_THROWS_AS(snow::node{b}, snow::error);
  one.start();
  two.start();
  std::promise<std::uint64_t> answer;
  one.spawn<asks_twice>(two.name(), &answer);
  CHECK(answer.get_future().get() == 42);
  std::promise<std::uint64_t> back;
  two.spawn<asks_twice>(one.name(), &back);
  CHECK(back.get_future().get() == 42);
  CHECK(inner->dials == 1);
}

TEST_CASE("a node on a context of the user's listens and dials, whatever threads run it, and may end first") {
  support::reserved_port first, second;
  asio::io_context io;
  auto const keep = asio::make_work_guard(io);
  std::vector<std::thread> threads;
  {
    auto a = options(first.node_name("a")), b = options(second.node_name("b"));
    a.io = b.io = &io;
    snow::node one{a}, two{b};
    one.start();
    two.start();
    for (int i = 0; i < 3; ++i) threads.emplace_back([&] { io.run(); });
    std::promise<std::uint64_t> answer;
    one.spawn<asks_twice>(two.name(), &answer);
    CHECK(answer.get_future().get() == 42);
  }
  io.stop();
  for (auto& t : threads) t.join();
}

TEST_CASE("nodes that were started and are connected end in their destructors") {
  support::reserved_port first, second;
  snow::node one{options(first.node_name("a"))}, two{options(second.node_name("b"))};
  one.start();
  two.start();
  std::promise<std::uint64_t> answer;
  one.spawn<asks_twice>(two.name(), &answer);
  CHECK(answer.get_future().get() == 42);
}

}  // namespace transport_test
