#pragma once

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "processes/member.hpp"

namespace support {

/// Two machines and a cable, as network namespaces of Linux: TCP between them is the kernel's, and goes wrong
/// as it does between computers. They are gone with this object; what a killed test has left, with the next
/// one's.
class two_machines {
 public:
  enum which { a, b };

  /// Why there can be none here, if so: it takes root, `ip` and `iptables`.
  static std::optional<std::string> missing() {
    if (::geteuid() != 0) return "only root may make network namespaces";
    try {
      two_machines const tried;
    } catch (const std::runtime_error& e) {
      return e.what();
    }
    return std::nullopt;
  }

  two_machines() {
    remove_remains();
    try {
      std::string script = "ip netns add " + name(a) + "; ip netns add " + name(b) +
                           "; ip link add cable netns " + name(a) + " type veth peer name cable netns " +
                           name(b) + "; ";
      for (auto const w : {a, b})
        script += ip(w) + "addr add " + address(w) + "/24 dev cable; " + ip(w) + "link set lo up; " +
                  plugged(w, true) + rule(w, "-L -n");
      run(script);
    } catch (...) {
      remove();
      throw;
    }
  }
  ~two_machines() { remove(); }
  two_machines(const two_machines&) = delete;
  two_machines& operator=(const two_machines&) = delete;

  /// Runs `programs/member.cpp` there.
  member start(which w, std::string_view id, std::vector<std::string> options) const {
    options.insert(options.end(), {"cookie=a cookie of thirty-two bytes or more", "plaintext=1"});
    visit const there{w};
    return member::of_name(std::string{id} + "@" + address(w) + ":4000", std::move(options));
  }
  void restart(which w, member& m) const {
    visit const there{w};
    m.restart();
  }

  /// Pulls the cable out, at one end.
  void unplug(which w) const { run(plugged(w, false)); }
  /// Nothing that this one sends arrives any more.
  void mute(which w) const { run(rule(w, "-A OUTPUT -o cable -j DROP")); }
  /// Nor does anything that is sent to it.
  void mute_and_deafen(which w) const {
    run(rule(w, "-A OUTPUT -o cable -j DROP") + rule(w, "-A INPUT -i cable -j DROP"));
  }
  /// All is as in the beginning.
  void heal() const { run(rule(a, "-F") + rule(b, "-F") + plugged(a, true) + plugged(b, true)); }

 private:
  static constexpr std::string_view prefix = "snow-test-";

  static std::string name(which w) {
    return std::string{prefix}.append(std::to_string(::getpid())).append(w == a ? "-a" : "-b");
  }
  static std::string address(which w) { return w == a ? "10.77.0.1" : "10.77.0.2"; }

  /// While it lives, this thread and what it starts are on that machine.
  class visit {
   public:
    explicit visit(which w) : home_{open("/proc/thread-self/ns/net")} {
      int const there = open("/run/netns/" + name(w));
      int const failed = ::setns(there, CLONE_NEWNET);
      ::close(there);
      if (failed != 0) throw std::system_error{errno, std::generic_category(), "setns"};
    }
    ~visit() {
      ::setns(home_, CLONE_NEWNET);
      ::close(home_);
    }
    visit(const visit&) = delete;
    visit& operator=(const visit&) = delete;

   private:
    static int open(const std::string& path) { return ::open(path.c_str(), O_RDONLY | O_CLOEXEC); }
    int home_;
  };

  // ---- commands of a script
  static std::string ip(which w) { return "ip -n " + name(w) + " "; }
  static std::string plugged(which w, bool in) {
    return ip(w) + "link set cable " + (in ? "up" : "down") + "; ";
  }
  static std::string rule(which w, const std::string& what) {
    return "ip netns exec " + name(w) + " iptables -w " + what + " >&2; ";
  }

  /// Throws what it says if a command fails.
  static void run(const std::string& script) {
    process p{"/bin/sh", {"-ec", script}};
    if (p.wait() == exited(0)) return;
    std::string text = "the network cannot be made so:";
    while (auto const line = p.error_line()) text.append(" ").append(*line);
    throw std::runtime_error{text};
  }
  static void remove(const std::string& left) noexcept {
    try {
      run("ip netns del " + left);
    } catch (const std::exception&) {
      // It was never made.
    }
  }
  static void remove() noexcept {
    for (auto const w : {a, b}) remove(name(w));
  }
  static void remove_remains() {
    std::error_code none;
    for (auto const& entry : std::filesystem::directory_iterator{"/run/netns", none}) {
      std::string const left = entry.path().filename();
      if (!left.starts_with(prefix)) continue;
      auto const owner = static_cast<pid_t>(std::atol(left.c_str() + prefix.size()));
      if (owner > 0 && owner != ::getpid() && ::kill(owner, 0) != 0) remove(left);
    }
  }
};

}  // namespace support
