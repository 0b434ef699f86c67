#pragma once

#include <string>
#include <utility>

namespace snow {

/// A registered name instead of a pid: of this node, or of the node whose name is given.
class named {
 public:
  explicit named(std::string name, std::string node = {}) : name_{std::move(name)}, node_{std::move(node)} {}
  const std::string& name() const noexcept { return name_; }
  const std::string& node() const noexcept { return node_; }

 private:
  std::string name_;
  std::string node_;
};

}  // namespace snow
