// What iptables-restore prints while it works through a table: of all lines with its own -v, of lines with a -v in
// them, and of lines that list.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "ferrule/command.hpp"
#include "ferrule/detect.hpp"
#include "ferrule/ruleset.hpp"
#include "ferrule/transaction.hpp"

namespace ferrule::cli {

// The lines of restore input that begin with `#`, handed out in their order.
class Comments {
 public:
  static constexpr unsigned kAll = 0xffffffff;
  Comments() = default;
  explicit Comments(std::string_view text) : rest_(text) {}

  // Those before line `line` that were not handed out yet.
  std::string up_to(unsigned line);
  // The number of the next line that begins with `*`; 0 where there is none.
  unsigned next_table() const;

 private:
  std::string_view rest_;
  unsigned next_ = 1;  // the number of the line that `rest_` begins with
};

struct Speech {
  BackendKind backend = BackendKind::legacy;
  unsigned verbose = 0;  // of iptables-restore itself
  std::span<const PrintingLine> printing = {};
  std::string_view dump = {};  // what -vv adds to each line
  // The line that is going to fail, of which only the beginning is said, and then nothing more.
  static constexpr unsigned kNone = 0xffffffff;
  unsigned fails_at = kNone;
  bool fails_on_target = false;  // for a jump that leads nowhere: of it nothing is said
};

// What is said, up to a listing that cannot be made where there is one.
struct Said {
  enum class End : uint8_t { kAll, kMissingChain, kPendingJump };
  std::string text = {};
  End end = End::kAll;
  std::string chain = {};  // that is missing or, kPendingJump, that is jumped to
  unsigned line = 0;       // of that listing
};

// `before` is the table as it was.
Said say_restore(const TableChange& change, const Table& before, const Speech& speech, Comments& comments);

}  // namespace ferrule::cli
