// A map whose copies are snapshots: copying is constant time, changing one copy leaves the others as they were, and
// what two copies share is found without looking at it.
//
// A hash array mapped trie (Bagwell 2001), 32 ways. It is what makes a change cost the same among ten Services as among
// ten thousand: the control thread changes its copy in a few nodes, and each worker diffs its old copy with the new
// one.
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace naru {

/// `Hash` must be callable with whatever find() is called with, and `Value` and `Key` comparable by ==.
///
/// Threads: one copy belongs to one thread at a time, as any value; different copies may be read and changed by
/// different threads at once, though they share nodes.
template <class Key, class Value, class Hash = std::hash<Key>>
class PersistentMap {
 public:
  using Entry = std::pair<Key, Value>;

  PersistentMap() = default;
  PersistentMap(const PersistentMap& other) : root_(other.root_), size_(other.size_) {
    // Not written when it is so already: copying from a copy that nobody changes is then a read, safe from any thread.
    if (other.owner_ != 0) other.owner_ = 0;
  }
  PersistentMap(PersistentMap&& other) noexcept { swap(other); }
  PersistentMap& operator=(PersistentMap other) noexcept {
    swap(other);
    return *this;
  }
  ~PersistentMap() = default;

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }

  /// The value at `key`, or null. Valid until this copy is changed or destroyed.
  template <class Query>
  [[nodiscard]] const Value* find(const Query& key) const {
    return find_below(root_.get(), key, hash_of(key), 0);
  }

  /// Inserts or replaces.
  void set(Key key, Value value) {
    const std::uint64_t hash = hash_of(key);
    if (owner_ == 0) owner_ = new_owner();
    set_below(root_, hash, 0, Entry{std::move(key), std::move(value)});
  }

  /// True if there was something to erase.
  template <class Query>
  bool erase(const Query& key) {
    if (find(key) == nullptr) return false;
    if (owner_ == 0) owner_ = new_owner();
    erase_below(root_, key, hash_of(key), 0);
    --size_;
    return true;
  }

  /// Calls visit(key, value) for every entry, in no order that means anything.
  template <class Visit>
  void for_each(Visit&& visit) const {
    visit_below(root_.get(), visit);
  }

  /// Calls on_change(key, before, after) for each key at which the two differ; the pointer is null where the key is
  /// absent. Takes time in the size of the difference if one was made from the other.
  template <class OnChange>
  friend void diff(const PersistentMap& before, const PersistentMap& after, OnChange&& on_change) {
    diff_below(before.root_.get(), after.root_.get(), 0, on_change);
  }

 private:
  static constexpr unsigned kBits = 5;
  static constexpr unsigned kHashBits = 64;

  // A branch has children and a bitmap of which; a leaf has the entries of one hash (several if hashes collide).
  struct Node {
    std::uint64_t owner{};  // the editing copy that may change this node in place; nobody once that copy was copied
    std::uint64_t hash{};   // leaf: of its entries
    std::uint32_t bitmap{};
    std::vector<std::shared_ptr<Node>> children;
    std::vector<Entry> entries;

    [[nodiscard]] bool is_leaf() const { return !entries.empty(); }
    [[nodiscard]] bool has(unsigned slot) const { return (bitmap >> slot & 1U) != 0; }
    [[nodiscard]] std::size_t index(unsigned slot) const {
      return static_cast<std::size_t>(std::popcount(bitmap & ((1U << slot) - 1U)));
    }
    [[nodiscard]] const Node* child(unsigned slot) const { return has(slot) ? children[index(slot)].get() : nullptr; }
  };
  using NodePtr = std::shared_ptr<Node>;

  template <class Query>
  static std::uint64_t hash_of(const Query& key) {
    return static_cast<std::uint64_t>(Hash{}(key));
  }
  static unsigned slot_of(std::uint64_t hash, unsigned depth) { return static_cast<unsigned>(hash >> depth & 31U); }

  static std::uint64_t new_owner() {
    static std::atomic<std::uint64_t> next{1};
    return next.fetch_add(1, std::memory_order_relaxed);
  }

  void swap(PersistentMap& other) noexcept {
    std::swap(root_, other.root_);
    std::swap(size_, other.size_);
    std::swap(owner_, other.owner_);
  }

  template <class Query>
  static const Value* find_below(const Node* node, const Query& key, std::uint64_t hash, unsigned depth) {
    while (node != nullptr && !node->is_leaf()) {
      node = node->child(slot_of(hash, depth));
      depth += kBits;
    }
    if (node == nullptr || node->hash != hash) return nullptr;
    for (const Entry& entry : node->entries) {
      if (entry.first == key) return &entry.second;
    }
    return nullptr;
  }

  /// `node` itself if this copy may change it, else a copy in its place.
  Node& own(NodePtr& node) {
    if (node->owner != owner_) {
      node = std::make_shared<Node>(*node);
      node->owner = owner_;
    }
    return *node;
  }

  NodePtr new_node() {
    auto node = std::make_shared<Node>();
    node->owner = owner_;
    return node;
  }

  void set_below(NodePtr& node, std::uint64_t hash, unsigned depth, Entry&& entry) {
    if (!node) {
      node = new_node();
      node->hash = hash;
      node->entries.push_back(std::move(entry));
      ++size_;
    } else if (!node->is_leaf()) {
      set_child(own(node), hash, depth, std::move(entry));
    } else if (node->hash == hash) {
      set_in_leaf(own(node), std::move(entry));
    } else {
      push_down(node, depth);
      set_child(*node, hash, depth, std::move(entry));
    }
  }

  void set_child(Node& branch, std::uint64_t hash, unsigned depth, Entry&& entry) {
    const unsigned slot = slot_of(hash, depth);
    const auto at = branch.children.begin() + static_cast<std::ptrdiff_t>(branch.index(slot));
    if (!branch.has(slot)) {
      branch.children.insert(at, nullptr);
      branch.bitmap |= 1U << slot;
    }
    set_below(branch.children[branch.index(slot)], hash, depth + kBits, std::move(entry));
  }

  void set_in_leaf(Node& leaf, Entry&& entry) {
    for (Entry& old : leaf.entries) {
      if (old.first == entry.first) {
        old.second = std::move(entry.second);
        return;
      }
    }
    leaf.entries.push_back(std::move(entry));
    ++size_;
  }

  /// Puts a branch above a leaf whose place another hash needs too.
  void push_down(NodePtr& leaf, unsigned depth) {
    auto branch = new_node();
    branch->bitmap = 1U << slot_of(leaf->hash, depth);
    branch->children.push_back(std::move(leaf));
    leaf = std::move(branch);
  }

  /// The key is there. Leaves no empty branch behind.
  template <class Query>
  void erase_below(NodePtr& node, const Query& key, std::uint64_t hash, unsigned depth) {
    Node& mine = own(node);
    if (mine.is_leaf()) {
      std::erase_if(mine.entries, [&](const Entry& entry) { return entry.first == key; });
      if (mine.entries.empty()) node.reset();
      return;
    }
    const unsigned slot = slot_of(hash, depth);
    NodePtr& child = mine.children[mine.index(slot)];
    erase_below(child, key, hash, depth + kBits);
    if (child) return;
    mine.children.erase(mine.children.begin() + static_cast<std::ptrdiff_t>(mine.index(slot)));
    mine.bitmap &= ~(1U << slot);
    if (mine.bitmap == 0) node.reset();
  }

  template <class Visit>
  static void visit_below(const Node* node, Visit& visit) {
    if (node == nullptr) return;
    for (const Entry& entry : node->entries) visit(entry.first, entry.second);
    for (const NodePtr& child : node->children) visit_below(child.get(), visit);
  }

  template <class OnChange>
  static void diff_below(const Node* before, const Node* after, unsigned depth, OnChange& on_change) {
    if (before == after) return;
    const bool both_branch = before != nullptr && after != nullptr && !before->is_leaf() && !after->is_leaf();
    if (!both_branch) return diff_entries(before, after, depth, on_change);
    for (std::uint32_t left = before->bitmap | after->bitmap; left != 0; left &= left - 1) {
      const auto slot = static_cast<unsigned>(std::countr_zero(left));
      diff_below(before->child(slot), after->child(slot), depth + kBits, on_change);
    }
  }

  // One side is a leaf or nothing, so one side is small.
  template <class OnChange>
  static void diff_entries(const Node* before, const Node* after, unsigned depth, OnChange& on_change) {
    auto was = [&](const Key& key, const Value& value) {
      const Value* now = find_below(after, key, hash_of(key), depth);
      if (now == nullptr || !(*now == value)) on_change(key, &value, now);
    };
    auto is_new = [&](const Key& key, const Value& value) {
      if (find_below(before, key, hash_of(key), depth) == nullptr) {
        on_change(key, static_cast<const Value*>(nullptr), &value);
      }
    };
    visit_below(before, was);
    visit_below(after, is_new);
  }

  NodePtr root_;
  std::size_t size_{};
  // Which nodes this copy may change in place. A copy takes the right away from both, as they share all nodes then.
  mutable std::uint64_t owner_{0};
};

}  // namespace naru
