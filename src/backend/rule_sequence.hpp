// RuleSequence: a vector that takes and gives up elements quickly everywhere, since an input may insert, replace and
// delete rules by the thousand, wherever in a chain. Its elements stand in blocks of a few dozen. Empty, it holds no
// memory.
#pragma once

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <iterator>
#include <utility>
#include <vector>

namespace ferrule {

template <typename T>
class RuleSequence {
  using Block = std::vector<T>;
  struct Place {
    size_t block;
    size_t in_block;
  };

 public:
  static constexpr size_t kBlock = 64;

  // Goes from element to element. Every change to the sequence makes it invalid.
  template <typename Blocks, typename Element>
  class Walk {
   public:
    Walk(Blocks* blocks, size_t block) : blocks_(blocks), block_(block) {}
    Element& operator*() const { return (*blocks_)[block_][in_block_]; }
    Walk& operator++() {
      if (++in_block_ == (*blocks_)[block_].size()) ++block_, in_block_ = 0;
      return *this;
    }
    bool operator==(const Walk& other) const { return block_ == other.block_ && in_block_ == other.in_block_; }

   private:
    Blocks* blocks_;
    size_t block_;
    size_t in_block_ = 0;
  };

  RuleSequence() = default;
  RuleSequence(std::initializer_list<T> values) {
    for (const T& value : values) push_back(value);
  }

  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  auto begin() const { return Walk<const std::vector<Block>, const T>(&blocks_, 0); }
  auto end() const { return Walk<const std::vector<Block>, const T>(&blocks_, blocks_.size()); }
  auto begin() { return Walk<std::vector<Block>, T>(&blocks_, 0); }
  auto end() { return Walk<std::vector<Block>, T>(&blocks_, blocks_.size()); }

  // Takes time where there are many elements; to see all of them, walk.
  const T& operator[](size_t at) const {
    const Place place = place_of(at);
    return blocks_[place.block][place.in_block];
  }
  T& operator[](size_t at) { return const_cast<T&>(std::as_const(*this)[at]); }

  // For `push_back`.
  void reserve(size_t size) {
    blocks_.reserve((size + kBlock - 1) / kBlock);
    expected_ = size;
  }

  void push_back(T value) {
    if (blocks_.empty() || blocks_.back().size() == kBlock) {
      Block& block = blocks_.emplace_back();
      // The second one says that there will be many.
      if (size_ != 0) block.reserve(kBlock);
      if (size_ < expected_) block.reserve(std::min(kBlock, expected_ - size_));
    }
    blocks_.back().push_back(std::move(value));
    ++size_;
  }

  void clear() { *this = {}; }

  void insert(size_t at, T value) {
    if (at == size_) return push_back(std::move(value));
    Place place = place_of(at);
    if (blocks_[place.block].size() == kBlock) place = make_room(place);
    Block& block = blocks_[place.block];
    block.insert(block.begin() + static_cast<std::ptrdiff_t>(place.in_block), std::move(value));
    ++size_;
  }

  void erase(size_t at) {
    const Place place = place_of(at);
    Block& block = blocks_[place.block];
    block.erase(block.begin() + static_cast<std::ptrdiff_t>(place.in_block));
    if (block.empty()) blocks_.erase(blocks_.begin() + static_cast<std::ptrdiff_t>(place.block));
    --size_;
  }

 private:
  // Of an element that is there. Counts from the end that is nearer.
  Place place_of(size_t at) const {
    if (at <= size_ / 2) {
      size_t block = 0;
      for (; at >= blocks_[block].size(); ++block) at -= blocks_[block].size();
      return {block, at};
    }
    size_t block = blocks_.size() - 1;
    size_t first = size_ - blocks_[block].size();
    while (at < first) first -= blocks_[--block].size();
    return {block, at - first};
  }

  // Where the element at `place`, whose block is full, stands behind a block that is not, or in one.
  Place make_room(Place place) {
    // Whoever fills up from one place on leaves full blocks behind, not halves.
    const size_t kept = place.in_block == 0 ? 0 : kBlock / 2;
    const auto next = blocks_.begin() + static_cast<std::ptrdiff_t>(place.block);
    Block made;
    made.reserve(kBlock);
    if (kept == 0) {
      blocks_.insert(next, std::move(made));
      return place;
    }
    Block& full = blocks_[place.block];
    const auto middle = full.begin() + static_cast<std::ptrdiff_t>(kept);
    made.assign(std::make_move_iterator(middle), std::make_move_iterator(full.end()));
    full.erase(middle, full.end());
    blocks_.insert(next + 1, std::move(made));
    return place.in_block < kept ? place : Place{place.block + 1, place.in_block - kept};
  }

  std::vector<Block> blocks_;  // none of them empty
  size_t size_ = 0;
  size_t expected_ = 0;
};

}  // namespace ferrule
