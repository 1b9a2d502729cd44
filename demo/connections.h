// The connections that are open, so that the server can end well.
#pragma once

#include <functional>
#include <unordered_set>

namespace naru::demo {

/// Known to every connection of the server. One thread.
class Connections {
 public:
  /// One connection: alive from its construction to its destruction.
  class Member {
   public:
    explicit Member(Connections& all) : all_(all) { all_.members_.insert(this); }
    Member(const Member&) = delete;
    Member& operator=(const Member&) = delete;
    virtual ~Member();

    /// Ends the connection at once.
    virtual void close() = 0;
    /// The server has begun to drain.
    virtual void drain() {}

   protected:
    [[nodiscard]] bool draining() const { return all_.draining_; }

   private:
    Connections& all_;
  };

  /// From now on connections end with what they are doing; `on_empty` is called once none is left.
  void drain(std::function<void()> on_empty);
  void close_all();
  [[nodiscard]] bool draining() const { return draining_; }
  [[nodiscard]] std::size_t size() const { return members_.size(); }

 private:
  void each(void (Member::*action)());

  std::unordered_set<Member*> members_;
  std::function<void()> on_empty_;
  bool draining_{false};
};

}  // namespace naru::demo
