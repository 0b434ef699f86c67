// A chat over any number of nodes.
//
//   terminal 1:   chat --name a@127.0.0.1:4301 --nick ann
//   terminal 2:   chat --name b@127.0.0.1:4302 --nick bob --at a@127.0.0.1:4301
//
// A line goes to everybody; "/to bob ..." to bob alone; "/who" tells who is there; "/quit" leaves. The first node keeps
// the names: no two have the same nick, whatever nodes they are on.
#include <snow/asio.hpp>
#include <snow/cluster.hpp>

#include <CLI/CLI.hpp>
#include <asio/posix/stream_descriptor.hpp>
#include <asio/read_until.hpp>
#include <asio/streambuf.hpp>
#include <fmt/core.h>

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

using namespace std::chrono_literals;

struct options {
  std::string name, nick, at;
};
struct line { std::string from, text; bool whispered = false; };
struct nick_of { using reply_type = std::string; };

void show(std::string_view text) {
  fmt::print("{}\n", text);
  std::fflush(stdout);
}

// Is the user, for the others: holds the nick, and shows what they say.
snow::actor screen(snow::context& self, options o) {
  snow::global_names const names{self, std::make_shared<snow::embedded_store>(o.at)};
  auto const nick = co_await names.register_name(o.nick);
  auto const chat = co_await snow::groups::open(self, "chat");
  co_await chat.join("everybody");
  co_await chat.monitor();
  show(fmt::format("you are {}", nick.name()));
  for (;;)
    co_await self.receive(
        [&](const line& l) {
          if (l.from != o.nick) show(fmt::format("{}{}: {}", l.from, l.whispered ? ", to you" : "", l.text));
        },
        [&](nick_of) { return o.nick; },
        [&](const snow::group_joined&) { show("somebody has come"); },
        [&](const snow::group_left&) { show("somebody has left"); },
        [&](const snow::name_lost&) { throw std::runtime_error{"the names are out of reach"}; });
}

asio::awaitable<std::string> read_line(std::shared_ptr<asio::streambuf> buffer) {
  asio::posix::stream_descriptor in{co_await asio::this_coro::executor, ::dup(STDIN_FILENO)};
  std::size_t const n = co_await asio::async_read_until(in, *buffer, '\n', asio::use_awaitable);
  std::string text{asio::buffers_begin(buffer->data()),
                   asio::buffers_begin(buffer->data()) + static_cast<std::ptrdiff_t>(n - 1)};
  buffer->consume(n);
  co_return text;
}

snow::task<void> whisper(snow::context& self, const options* o, std::string to, std::string text) {
  snow::global_names const names{self, std::make_shared<snow::embedded_store>(o->at)};
  auto const owner = co_await names.whereis(to);
  if (owner.pid)
    self.send<line>(owner.pid, o->nick, text, true);
  else
    show(fmt::format("there is no {}", to));
}

snow::task<void> tell_who(snow::context& self, const snow::groups* chat) {
  for (auto const& member : chat->members("everybody")) {
    auto asking = self.ask<nick_of>(member).within(1s);
    auto const nick = co_await snow::as_result(std::move(asking));
    if (nick) show(fmt::format("  {}", *nick));
  }
}

// Does what is typed, until the end of the input.
snow::actor keyboard(snow::context& self, options o) {
  auto const chat = co_await snow::groups::open(self, "chat");
  auto const buffer = std::make_shared<asio::streambuf>();
  for (;;) {
    std::string text;
    try {
      auto reading = self.asio(read_line(buffer));
      text = co_await std::move(reading);
    } catch (const std::system_error&) {
      co_return;
    }
    auto const space = text.find(' ', 4);
    if (text == "/quit") {
      co_return;
    } else if (text == "/who") {
      auto telling = tell_who(self, &chat);
      co_await std::move(telling);
    } else if (text.starts_with("/to ") && space != std::string::npos) {
      auto whispering = whisper(self, &o, text.substr(4, space - 4), text.substr(space + 1));
      co_await std::move(whispering);
    } else if (text.starts_with('/')) {
      show("/to NICK TEXT, /who, /quit");
    } else if (!text.empty()) {
      chat.publish<line>("everybody", o.nick, text);
    }
  }
}

// The keyboard's end is the end of it all; a screen that fails is made anew, and tries to have the nick again.
snow::actor chat(snow::context& self, options o) {
  self.trap_exits(true);
  if (o.at == o.name) {
    snow::start_store(self, {.first_start = true});
  } else {
    auto connecting = self.node().connect(o.at).within(10s);
    co_await std::move(connecting);
  }
  snow::supervision const what{
      .intensity = 5,
      .period = 1min,
      .auto_shutdown = snow::auto_shutdown::any_significant,
      .back_off = {.first = 500ms, .greatest = 5s},
      .children = {{.id = "screen", .start = snow::start<screen>(o)},
                   {.id = "keyboard",
                    .start = snow::start<keyboard>(o),
                    .restart = snow::restart::transient,
                    .significant = true}},
  };
  self.spawn_link<snow::supervisor>(what);
  co_await self.receive([](const snow::exit_signal&) {});
}

int main(int argc, char** argv) {
  CLI::App cli{"A chat over many nodes"};
  options o;
  cli.add_option("--name", o.name, "id@host:port of this node")->required();
  cli.add_option("--nick", o.nick, "what the others call you")->required();
  cli.add_option("--at", o.at, "the node of whoever came first; none: this one is");
  CLI11_PARSE(cli, argc, argv);
  if (o.at.empty()) o.at = o.name;
  try {
    snow::node node{{.name = o.name, .cookie = "only-for-this-example", .mesh = true}};
    return node.run<chat>(o);
  } catch (const snow::error& e) {
    fmt::print(stderr, "chat: {}\n", e.what());
    return 1;
  }
}
