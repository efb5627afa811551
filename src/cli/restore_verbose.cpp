#include "restore_verbose.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <vector>

#include "ferrule/text.hpp"

namespace ferrule::cli {
namespace {

// Follows which chains there are while the operations go by.
class Narrator {
 public:
  Narrator(const Table& before, BackendKind backend, Comments& comments) : backend_(backend), comments_(comments) {
    text_ = comments_.up_to(comments_.next_table());
    for (const Chain& chain : before.chains) {
      say("Flushing", chain.name);
      if (chain.hook) base_.push_back(chain.name);
    }
    for (const Chain& chain : before.chains) {
      if (!chain.hook) say("Deleting", chain.name);
    }
  }

  void tell(const Operation& operation) {
    text_ += comments_.up_to(operation.line);
    if (operation.rule) text_ += to_verbose_text(*operation.rule);
    switch (operation.kind) {
      case Operation::Kind::declare_chain:
      case Operation::Kind::new_chain:
        add(operation.chain);
        break;
      case Operation::Kind::flush:
        each("Flushing", operation.chain, base_);
        each("Flushing", operation.chain, users_);
        break;
      case Operation::Kind::zero:
        if (operation.number == 0) each("Zeroing", operation.chain, base_);
        if (operation.number == 0) each("Zeroing", operation.chain, users_);
        break;
      case Operation::Kind::delete_chain:
        each("Deleting", operation.chain, users_);
        std::erase_if(users_,
                      [&](const ChainName& name) { return operation.chain.empty() || name == operation.chain; });
        break;
      case Operation::Kind::rename_chain:
        std::erase(users_, operation.chain);
        add(operation.new_name);
        break;
      default:
        break;
    }
  }

  std::string text() && { return std::move(text_); }

 private:
  void say(std::string_view doing, const ChainName& chain) {
    fmt::format_to(std::back_inserter(text_), "{} chain `{}'\n", doing, chain.view());
  }

  void each(std::string_view doing, const ChainName& meant, const std::vector<ChainName>& chains) {
    for (const ChainName& chain : chains) {
      if (meant.empty() || chain == meant) say(doing, chain);
    }
  }

  // libiptc keeps them sorted; nf_tables as they came.
  void add(const ChainName& chain) {
    if (std::ranges::find(base_, chain) != base_.end() || std::ranges::find(users_, chain) != users_.end()) return;
    users_.push_back(chain);
    if (backend_ == BackendKind::legacy) std::ranges::sort(users_);
  }

  BackendKind backend_;
  Comments& comments_;
  std::vector<ChainName> base_;
  std::vector<ChainName> users_;
  std::string text_;
};

}  // namespace

std::string Comments::up_to(unsigned line) {
  std::string out;
  for (; next_ < line && !rest_.empty(); ++next_) {
    const size_t newline = rest_.find('\n');
    const std::string_view whole = rest_.substr(0, newline == std::string_view::npos ? newline : newline + 1);
    if (whole.front() == '#') out += whole;
    rest_.remove_prefix(whole.size());
  }
  return out;
}

unsigned Comments::next_table() const {
  std::string_view rest = rest_;
  for (unsigned number = next_; !rest.empty(); ++number) {
    if (rest.front() == '*') return number;
    const size_t newline = rest.find('\n');
    rest.remove_prefix(newline == std::string_view::npos ? rest.size() : newline + 1);
  }
  return 0;
}

std::string verbose_restore(const TableChange& change, const Table& before, BackendKind backend, Comments& comments) {
  Narrator narrator(before, backend, comments);
  for (const Operation& operation : change.operations) narrator.tell(operation);
  return std::move(narrator).text() + comments.up_to(change.commit_line);
}

}  // namespace ferrule::cli
