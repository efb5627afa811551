// What iptables-restore -v prints while it works through a table.
#pragma once

#include <string>
#include <string_view>

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

// `before` is the table as it was, which the change replaces.
std::string verbose_restore(const TableChange& change, const Table& before, BackendKind backend, Comments& comments);

}  // namespace ferrule::cli
