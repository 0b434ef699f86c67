#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "snow/base/pid.hpp"
#include "snow/codec.hpp"

namespace snow {

/// Every incarnation of every node that this node has heard of, by a small number. Any thread.
///
/// Bounded: beyond the limit the entry that was not looked at for the longest time goes, unless a session
/// holds it. Its pids then mean nobody, and its number is never given again (S-6): the next mention gets a
/// new one.
class name_table final : public node_names {
 public:
  static constexpr std::size_t default_limit = 65'536;

  name_table(std::string own_name, std::uint64_t own_creation, std::size_t limit = default_limit);

  /// `name` stays good until the calling thread's next call.
  bool spell(node_id id, std::string_view& name, std::uint64_t& creation) override;
  /// `no_node` when all numbers are used up.
  node_id intern(std::string_view name, std::uint64_t creation) override;

  /// While it is held, an entry stays. Each `hold` needs one `release`.
  node_id hold(std::string_view name, std::uint64_t creation);
  void release(node_id id) noexcept;

  std::size_t size() const noexcept;

 private:
  struct entry {
    std::string name;
    std::uint64_t creation = 0;
  };
  struct record {
    std::shared_ptr<const entry> text;
    std::size_t holds = 0;
    std::list<node_id>::iterator age;
  };
  using key = std::pair<std::string_view, std::uint64_t>;

  node_id intern_locked(std::string_view name, std::uint64_t creation);
  void evict_locked();

  entry const own_;
  std::size_t const limit_;
  mutable std::mutex mutex_;
  std::unordered_map<node_id, record> by_id_;  // by numbers of ours
  std::map<key, node_id> by_name_;             // peers choose the names: a tree has no worst case
  std::list<node_id> ages_;                    // the longest unused first
  node_id next_ = this_node + 1;
};

inline name_table::name_table(std::string own_name, std::uint64_t own_creation, std::size_t limit)
    : own_{std::move(own_name), own_creation}, limit_{limit} {}

inline bool name_table::spell(node_id id, std::string_view& name, std::uint64_t& creation) {
  if (id == this_node) {
    name = own_.name;
    creation = own_.creation;
    return true;
  }
  std::shared_ptr<const entry> found;
  {
    std::lock_guard const lock{mutex_};
    auto const it = by_id_.find(id);
    if (it == by_id_.end()) return false;
    ages_.splice(ages_.end(), ages_, it->second.age);
    found = it->second.text;
  }
  thread_local std::shared_ptr<const entry> last;
  last = std::move(found);
  name = last->name;
  creation = last->creation;
  return true;
}

inline node_id name_table::intern(std::string_view name, std::uint64_t creation) {
  if (creation == own_.creation && name == own_.name) return this_node;
  std::lock_guard const lock{mutex_};
  return intern_locked(name, creation);
}

inline node_id name_table::intern_locked(std::string_view name, std::uint64_t creation) {
  if (auto const it = by_name_.find({name, creation}); it != by_name_.end()) {
    ages_.splice(ages_.end(), ages_, by_id_.at(it->second).age);
    return it->second;
  }
  if (next_ == no_node) return no_node;  // it wrapped round
  if (by_id_.size() >= limit_) evict_locked();
  auto text = std::make_shared<const entry>(entry{std::string{name}, creation});
  node_id const id = next_++;
  ages_.push_back(id);
  by_name_.emplace(key{text->name, creation}, id);
  by_id_.emplace(id, record{std::move(text), 0, std::prev(ages_.end())});
  return id;
}

inline void name_table::evict_locked() {
  for (auto oldest = ages_.begin(); oldest != ages_.end(); ++oldest) {
    auto const it = by_id_.find(*oldest);
    if (it->second.holds != 0) continue;
    by_name_.erase({it->second.text->name, it->second.text->creation});
    by_id_.erase(it);
    ages_.erase(oldest);
    return;
  }
}

inline node_id name_table::hold(std::string_view name, std::uint64_t creation) {
  std::lock_guard const lock{mutex_};
  node_id const id = intern_locked(name, creation);
  if (id != no_node) ++by_id_.at(id).holds;
  return id;
}

inline void name_table::release(node_id id) noexcept {
  std::lock_guard const lock{mutex_};
  if (auto const it = by_id_.find(id); it != by_id_.end()) --it->second.holds;
}

inline std::size_t name_table::size() const noexcept {
  std::lock_guard const lock{mutex_};
  return by_id_.size();
}

}  // namespace snow
