#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "snow/base/config.hpp"
#include "snow/node/peer.hpp"

/// What a node tells others of its functions: by functions that it serves like any other.
namespace snow::detail {

/// A function that its node requires of others.
struct wanted_function {
  std::string name;
  std::uint64_t fingerprint = 0;
};
/// One that is not served as it is wanted.
struct lacked_function {
  std::string name;
  std::string signature;  ///< as it is served; empty: it is not
};

/// Why a node that requires all these does not connect to that peer.
inline error lacks(const std::string& peer, const std::vector<lacked_function>& lacked) {
  errc which = errc::signature_mismatch;
  std::string text;
  for (auto const& f : lacked) {
    text.append(text.empty() ? "" : "; ")
        .append(peer)
        .append(f.signature.empty() ? " lacks " : " has ")
        .append(f.name);
    if (f.signature.empty())
      which = errc::function_not_found;
    else
      text.append(" as ").append(f.signature);
  }
  return error{which, std::move(text)};
}

inline std::vector<served_function> functions_here() {
  environment const& env = environment::current();
  std::vector<served_function> all;
  for (auto& f : functions())
    if (!f.name.starts_with(environment::own_functions) && env.may_start(f.name))
      all.push_back({std::move(f.name), std::move(f.signature), f.fingerprint, f.kind,
                     std::move(f.where.file), f.where.line});
  return all;
}

inline std::vector<lacked_function> lacked_here(const std::vector<wanted_function>& wanted) {
  environment const& env = environment::current();
  std::vector<lacked_function> lacked;
  for (auto const& w : wanted) {
    function_ref const f = find_function(w.name);
    if (!f || !env.may_start(w.name))
      lacked.push_back({w.name, {}});
    else if (f.fingerprint() != w.fingerprint)
      lacked.push_back({w.name, f.signature()});
  }
  return lacked;
}

inline bool served_here(const std::string& name, std::uint64_t fingerprint) {
  return lacked_here({{name, fingerprint}}).empty();
}

}  // namespace snow::detail

SNOW_REGISTER_AS("snow::functions", snow::detail::functions_here);
SNOW_REGISTER_AS("snow::lacked", snow::detail::lacked_here);
SNOW_REGISTER_AS("snow::served", snow::detail::served_here);

namespace snow {

SNOW_COMPILED_ONCE remote_call<std::vector<served_function>> peer::functions() const {
  return call<detail::functions_here>();
}

SNOW_COMPILED_ONCE remote_call<bool> peer::serves(const function_key& f) const {
  return call<detail::served_here>(std::string{f.name()}, f.fingerprint);
}

}  // namespace snow
