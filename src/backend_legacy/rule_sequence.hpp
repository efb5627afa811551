// RuleSequence: a vector that takes and gives up elements quickly at its head too, since chains are filled by `-I` and
// emptied by `-D CHAIN 1`. Empty, it holds no memory.
#pragma once

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <iterator>
#include <utility>
#include <vector>

namespace ferrule::legacy {

template <typename T>
class RuleSequence {
 public:
  RuleSequence() = default;
  RuleSequence(std::initializer_list<T> values) : tail_(values) {}

  size_t size() const { return head_.size() + tail_.size(); }
  bool empty() const { return head_.empty() && tail_.empty(); }
  const T& operator[](size_t at) const {
    return at < head_.size() ? head_[head_.size() - 1 - at] : tail_[at - head_.size()];
  }
  T& operator[](size_t at) { return const_cast<T&>(std::as_const(*this)[at]); }

  void reserve(size_t size) { tail_.reserve(size); }
  void push_back(T value) { tail_.push_back(std::move(value)); }
  void clear() { *this = {}; }

  void insert(size_t at, T value) {
    make_room_before(at);
    if (at <= head_.size()) {
      head_.insert(head_.end() - static_cast<std::ptrdiff_t>(at), std::move(value));
    } else {
      tail_.insert(tail_.begin() + static_cast<std::ptrdiff_t>(at - head_.size()), std::move(value));
    }
  }

  void erase(size_t at) {
    make_room_before(at + 1);
    if (at < head_.size()) {
      head_.erase(head_.end() - 1 - static_cast<std::ptrdiff_t>(at));
    } else {
      tail_.erase(tail_.begin() + static_cast<std::ptrdiff_t>(at - head_.size()));
    }
  }

 private:
  // What stands before `at` goes to the head, and as much again, where that is nearer than the end.
  void make_room_before(size_t at) {
    if (at <= head_.size() || at > size() / 2) return;
    const size_t moved = std::max(at - head_.size(), tail_.size() / 2);
    const auto end = tail_.begin() + static_cast<std::ptrdiff_t>(moved);
    head_.insert(head_.begin(), std::make_move_iterator(std::make_reverse_iterator(end)),
                 std::make_move_iterator(std::make_reverse_iterator(tail_.begin())));
    tail_.erase(tail_.begin(), end);
  }

  std::vector<T> head_;  // from the last to the first
  std::vector<T> tail_;
};

}  // namespace ferrule::legacy
