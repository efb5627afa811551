#include "iptables/restore_verbose.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>
#include <vector>

#include "ferrule/text.hpp"
#include "iptables/lines_as_read.hpp"
#include "iptables/restore_emptying.hpp"
#include "iptables/restore_listing.hpp"
#include "iptables/rule_in_words.hpp"
#include "iptables/table_in_progress.hpp"

namespace ferrule::cli {
namespace {

// Follows which chains there are while the operations go by.
class Narrator {
 public:
  Narrator(const TableChange& change, const Table& before, const Speech& speech, Comments& comments)
      : speech_(speech),
        comments_(comments),
        sorts_(speech.backend == BackendKind::legacy || change.existing == Existing::kKeep),
        id_(change.table),
        table_(before, speech.backend, change.existing) {
    const bool replaces = change.existing == Existing::kReplace;
    verbose_ = speech.verbose;
    if (replaces) said_.text = comments_.up_to(comments_.next_table());
    for (const Chain& chain : before.chains) {
      if (replaces) say("Flushing", chain.name);
      if (chain.hook && (!is_nft() || (!replaces && chain.in_kernel))) base_.push_back(chain.name);
    }
    for (const Chain& chain : before.chains) {
      if (chain.hook) continue;
      if (replaces) say("Deleting", chain.name);
      if (replaces) continue;
      add(chain.name);
    }
  }

  // False where nothing more is to be said.
  bool list_before(unsigned line) {
    if (line != dump_behind_) dump();
    for (; next_ < speech_.printing.size() && speech_.printing[next_].line < line; ++next_) {
      if (!list(speech_.printing[next_])) return false;
    }
    return true;
  }

  bool tell(const Operation& operation) {
    if (operation.line != dump_behind_) dump();
    if (!list_before(operation.line)) return false;
    said_.text += comments_.up_to(operation.line);
    verbose_ = speech_.verbose;
    if (next_ < speech_.printing.size() && speech_.printing[next_].line == operation.line) {
      verbose_ += speech_.printing[next_].command.verbose;
      if (lists(speech_.printing[next_].command) && !list(speech_.printing[next_++])) return false;
    }
    const bool fails = operation.line >= speech_.fails_at;
    // iptables-nft says most things only once it has found what they are about.
    const bool at_once = speech_.backend == BackendKind::legacy || operation.kind == Operation::Kind::append;
    const bool leads_nowhere = fails && speech_.fails_on_target;
    if (!fails || (at_once && !leads_nowhere)) say(operation);
    if (verbose_ > 1 && operation.kind != Operation::Kind::declare_chain && !leads_nowhere) {
      dump_behind_ = operation.line;
    }
    if (fails) return false;
    // Only listings ask for it.
    if (next_ < speech_.printing.size()) table_.carry_out(operation);
    return true;
  }

  Said end(unsigned commit_line) && {
    dump();
    said_.text += comments_.up_to(commit_line);
    return std::move(said_);
  }
  Said stopped() && {
    dump();
    return std::move(said_);
  }

 private:
  // Once for a line, of which there may be several operations.
  void dump() {
    if (std::exchange(dump_behind_, 0) != 0) said_.text += speech_.dump;
  }

  static constexpr uint32_t kLists = static_cast<uint32_t>(Verb::kList) | static_cast<uint32_t>(Verb::kListRules);
  static bool lists(const Command& command) { return (command.verbs & kLists) != 0; }

  bool list(const PrintingLine& line) {
    if (!lists(line.command) || line.line >= speech_.fails_at) return true;
    said_.text += comments_.up_to(line.line);
    const bool listed = list_in_progress(table_, line, speech_, said_);
    // -L beside -Z is one command.
    const bool more = (line.command.verbs & ~kLists) != 0;
    if (speech_.verbose + line.command.verbose > 1 && !more && said_.end != Said::End::kPendingJump) {
      said_.text += speech_.dump;
    }
    return listed;
  }

  bool is_nft() const { return speech_.backend == BackendKind::nft; }

  // Base chains that nf_tables does not have yet, or that were deleted first, are made by what needs them.
  void make_base_chains(const Operation& operation) {
    if (!makes_base_chains(operation)) return;
    for (const Hook hook : {Hook::prerouting, Hook::input, Hook::forward, Hook::output, Hook::postrouting}) {
      const ChainName name(hook_name(hook));
      if (!table_has_hook(id_, hook) || (operation.chain != name && !operation.chain.empty())) continue;
      if (std::ranges::find(base_, name) == base_.end()) base_.push_back(name);
    }
    std::ranges::sort(base_, {}, [](const ChainName& name) { return hook_of_chain(name.view()); });
  }

  void say(const Operation& operation) {
    if (is_nft()) make_base_chains(operation);
    if (operation.rule && verbose_ != 0) said_.text += rule_in_words(*operation.rule, speech_.backend);
    switch (operation.kind) {
      case Operation::Kind::declare_chain:
      case Operation::Kind::new_chain:
        add(operation.chain);
        break;
      case Operation::Kind::flush:
        each("Flushing", operation.chain);
        break;
      case Operation::Kind::zero:
        if (operation.number == 0) each("Zeroing", operation.chain);
        break;
      case Operation::Kind::delete_chain:
        each("Deleting", operation.chain);
        forget(operation.chain);
        break;
      case Operation::Kind::rename_chain:
        forget(operation.chain);
        add(operation.new_name);
        break;
      default:
        break;
    }
  }

  void say(std::string_view doing, const ChainName& chain) {
    if (verbose_ != 0) fmt::format_to(std::back_inserter(said_.text), "{} chain `{}'\n", doing, chain.view());
  }

  // Legacy names a chain without looking whether it is there. Base chains are not deleted.
  void each(std::string_view doing, const ChainName& meant) {
    const bool deletes = doing == "Deleting";
    if (!meant.empty()) {
      const bool there = users_.contains(meant) || (!deletes && is_base(meant));
      if (there || speech_.backend == BackendKind::legacy) say(doing, meant);
      return;
    }
    if (verbose_ == 0) return;
    if (!deletes) {
      for (const ChainName& chain : base_) say(doing, chain);
    }
    if (sorts_) {
      for (const auto& [chain, order] : users_) say(doing, chain);
    } else {
      for (const auto& [order, chain] : as_they_came_) say(doing, chain);
    }
  }

  bool is_base(const ChainName& chain) const { return std::ranges::find(base_, chain) != base_.end(); }

  void add(const ChainName& chain) {
    if (is_base_chain(id_, chain.view()) || !users_.emplace(chain, next_order_).second) return;
    as_they_came_.emplace(next_order_++, chain);
  }

  // All of them where `meant` is empty.
  void forget(const ChainName& meant) {
    if (meant.empty()) {
      users_.clear();
      as_they_came_.clear();
    } else if (const auto found = users_.find(meant); found != users_.end()) {
      as_they_came_.erase(found->second);
      users_.erase(found);
    }
  }

  const Speech& speech_;
  Comments& comments_;
  bool sorts_;  // as all do but nf_tables that begins a table anew
  TableId id_;
  unsigned verbose_ = 0;  // of the current line
  TableInProgress table_;
  std::vector<ChainName> base_;
  std::map<ChainName, unsigned> users_;  // and their places in
  std::map<unsigned, ChainName> as_they_came_;
  unsigned next_order_ = 0;
  size_t next_ = 0;           // of the printing lines
  unsigned dump_behind_ = 0;  // the line behind which -vv prints more; 0 for none
  Said said_;
};

}  // namespace

std::string Comments::up_to(unsigned line) {
  std::string out;
  for (; next_ < line && !rest_.empty(); ++next_) {
    const size_t newline = rest_.find('\n');
    const std::string_view whole = rest_.substr(0, newline == std::string_view::npos ? newline : newline + 1);
    // A longer comment was cut (lines_as_read.hpp), and is shown without a newline.
    if (whole.front() == '#') out += whole.substr(0, kMostAtOnce);
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

Said say_restore(const TableChange& change, const Table& before, const Speech& speech, Comments& comments) {
  Narrator narrator(change, before, speech, comments);
  for (const Operation& operation : change.operations) {
    if (!narrator.tell(operation)) return std::move(narrator).stopped();
  }
  if (!narrator.list_before(change.commit_line)) return std::move(narrator).stopped();
  return std::move(narrator).end(change.commit_line);
}

}  // namespace ferrule::cli
