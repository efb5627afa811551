#include "backend_legacy/libiptc_table.hpp"

#include <libiptc/libiptc.h>
#include <linux/netfilter_ipv6/ip6_tables.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <string>
#include <utility>

#include "backend_legacy/errors.hpp"
#include "model/entry.hpp"

// This header, unlike the one for IPv4, does not say so itself.
extern "C" {
#include <libiptc/libip6tc.h>
}

namespace ferrule::legacy {
namespace {

// libip4tc and libip6tc are one source compiled twice, so one template uses both.
struct Ipv4Api {
  static constexpr Family kFamily = Family::ipv4;
  using Entry = ipt_entry;
  static constexpr auto init = iptc_init;
  static constexpr auto free = iptc_free;
  static constexpr auto is_chain = iptc_is_chain;
  static constexpr auto builtin = iptc_builtin;
  static constexpr auto first_chain = iptc_first_chain;
  static constexpr auto next_chain = iptc_next_chain;
  static constexpr auto first_rule = iptc_first_rule;
  static constexpr auto next_rule = iptc_next_rule;
  static constexpr auto get_target = iptc_get_target;
  static constexpr auto create_chain = iptc_create_chain;
  static constexpr auto delete_chain = iptc_delete_chain;
  static constexpr auto rename_chain = iptc_rename_chain;
  static constexpr auto flush_entries = iptc_flush_entries;
  static constexpr auto zero_entries = iptc_zero_entries;
  static constexpr auto zero_counter = iptc_zero_counter;
  static constexpr auto set_policy = iptc_set_policy;
  static constexpr auto append_entry = iptc_append_entry;
  static constexpr auto insert_entry = iptc_insert_entry;
  static constexpr auto replace_entry = iptc_replace_entry;
  static constexpr auto delete_num_entry = iptc_delete_num_entry;
  static constexpr auto commit = iptc_commit;
};

struct Ipv6Api {
  static constexpr Family kFamily = Family::ipv6;
  using Entry = ip6t_entry;
  static constexpr auto init = ip6tc_init;
  static constexpr auto free = ip6tc_free;
  static constexpr auto is_chain = ip6tc_is_chain;
  static constexpr auto builtin = ip6tc_builtin;
  static constexpr auto first_chain = ip6tc_first_chain;
  static constexpr auto next_chain = ip6tc_next_chain;
  static constexpr auto first_rule = ip6tc_first_rule;
  static constexpr auto next_rule = ip6tc_next_rule;
  static constexpr auto get_target = ip6tc_get_target;
  static constexpr auto create_chain = ip6tc_create_chain;
  static constexpr auto delete_chain = ip6tc_delete_chain;
  static constexpr auto rename_chain = ip6tc_rename_chain;
  static constexpr auto flush_entries = ip6tc_flush_entries;
  static constexpr auto zero_entries = ip6tc_zero_entries;
  static constexpr auto zero_counter = ip6tc_zero_counter;
  static constexpr auto set_policy = ip6tc_set_policy;
  static constexpr auto append_entry = ip6tc_append_entry;
  static constexpr auto insert_entry = ip6tc_insert_entry;
  static constexpr auto replace_entry = ip6tc_replace_entry;
  static constexpr auto delete_num_entry = ip6tc_delete_num_entry;
  static constexpr auto commit = ip6tc_commit;
};

// libiptc takes names as arrays of 32 bytes.
struct Label {
  explicit Label(std::string_view name) { std::copy_n(name.begin(), std::min(name.size(), sizeof chars - 1), chars); }
  xt_chainlabel chars{};
};

// libiptc answers true or sets errno; 0 there would mean that it is of another version than its headers.
int as_errno(int answer) {
  if (answer != 0) return 0;
  return errno != 0 ? errno : EINVAL;
}

template <typename Api>
class LibiptcTable final : public EditableTable {
 public:
  using Entry = typename Api::Entry;
  explicit LibiptcTable(xtc_handle* handle) : handle_(handle) {}

  ChainKind kind(const ChainName& chain) override {
    const Label label(chain.view());
    if (Api::is_chain(label.chars, handle_.get()) == 0) return ChainKind::none;
    return Api::builtin(label.chars, handle_.get()) != 0 ? ChainKind::base : ChainKind::user;
  }

  std::vector<ChainName> chains() override {
    std::vector<ChainName> names;
    for (const char* name = Api::first_chain(handle_.get()); name != nullptr; name = Api::next_chain(handle_.get())) {
      names.emplace_back(name);
    }
    return names;
  }

  int create_chain(const ChainName& chain) override {
    return as_errno(Api::create_chain(Label(chain.view()).chars, handle_.get()));
  }
  int delete_chain(const ChainName& chain) override {
    return as_errno(Api::delete_chain(Label(chain.view()).chars, handle_.get()));
  }
  int rename_chain(const ChainName& chain, const ChainName& new_name) override {
    return as_errno(Api::rename_chain(Label(chain.view()).chars, Label(new_name.view()).chars, handle_.get()));
  }
  int flush(const ChainName& chain) override {
    return as_errno(Api::flush_entries(Label(chain.view()).chars, handle_.get()));
  }
  int zero(const ChainName& chain) override {
    return as_errno(Api::zero_entries(Label(chain.view()).chars, handle_.get()));
  }
  int zero_rule(const ChainName& chain, uint32_t number) override {
    // This one function of libiptc counts from 1.
    return as_errno(Api::zero_counter(Label(chain.view()).chars, number + 1, handle_.get()));
  }
  int set_policy(const ChainName& chain, Policy policy, std::optional<Counters> counters) override {
    xt_counters raw{};
    if (counters) raw = {counters->packets, counters->bytes};
    return as_errno(Api::set_policy(Label(chain.view()).chars, Label(policy_name(policy)).chars,
                                    counters ? &raw : nullptr, handle_.get()));
  }
  int append(const ChainName& chain, const Rule& rule) override {
    return as_errno(Api::append_entry(Label(chain.view()).chars, entry(rule), handle_.get()));
  }
  int insert(const ChainName& chain, const Rule& rule, uint32_t number) override {
    return as_errno(Api::insert_entry(Label(chain.view()).chars, entry(rule), number, handle_.get()));
  }
  int replace(const ChainName& chain, const Rule& rule, uint32_t number) override {
    return as_errno(Api::replace_entry(Label(chain.view()).chars, entry(rule), number, handle_.get()));
  }
  int erase(const ChainName& chain, uint32_t number) override {
    return as_errno(Api::delete_num_entry(Label(chain.view()).chars, number, handle_.get()));
  }

  Result<std::optional<uint32_t>> find(const ChainName& chain, const Rule& rule, SetNames& sets) override {
    const Label label(chain.view());
    if (Api::is_chain(label.chars, handle_.get()) == 0) return std::optional<uint32_t>{};
    uint32_t number = 0;
    for (const Entry* e = Api::first_rule(label.chars, handle_.get()); e != nullptr;
         e = Api::next_rule(e, handle_.get()), ++number) {
      // Most rules differ in size already, and need not become a Rule to be told apart.
      if (e->next_offset != rule.entry().size()) continue;
      Rule candidate = read_rule(*e);
      if (!rule.attachments().empty()) {
        if (Result<void> named = sets.add_names(candidate); !named) return tl::unexpected<Error>(named.error());
      }
      if (same_rule(rule, candidate)) return std::optional<uint32_t>(number);
    }
    return std::optional<uint32_t>{};
  }

  int commit() override { return as_errno(Api::commit(handle_.get())); }

 private:
  struct Free {
    void operator()(xtc_handle* handle) const { Api::free(handle); }
  };

  static const Entry* entry(const Rule& rule) { return reinterpret_cast<const Entry*>(rule.entry().data()); }

  TargetKind target_kind(const char* name, const xt_entry_target& target) {
    const std::string_view text = name;
    if (text.empty()) return TargetKind::none;
    if (Api::is_chain(name, handle_.get()) != 0) return TargetKind::chain;
    // libiptc tells the verdicts by name, and keeps their targets without one.
    if (target.u.user.target_size == model::kStandardTargetSize) {
      if (text == IPTC_LABEL_ACCEPT) return TargetKind::accept;
      if (text == IPTC_LABEL_DROP) return TargetKind::drop;
      if (text == IPTC_LABEL_QUEUE) return TargetKind::queue;
      if (text == IPTC_LABEL_RETURN) return TargetKind::return_;
    }
    return TargetKind::extension;
  }

  Rule read_rule(const Entry& e) {
    const auto* bytes = reinterpret_cast<const std::byte*>(&e);
    std::vector<std::byte> copy(bytes, bytes + e.next_offset);
    const char* name = Api::get_target(&e, handle_.get());
    xt_entry_target target;
    std::memcpy(&target, bytes + e.target_offset, sizeof target);
    const TargetKind kind = target_kind(name, target);
    if (kind != TargetKind::extension) {
      std::byte* at = copy.data() + e.target_offset;
      std::memset(at + 2, 0, copy.size() - e.target_offset - 2);
      std::memcpy(at + 2, name, strnlen(name, model::kMaxPartName));
    }
    return Rule(Api::kFamily, kind, std::move(copy));
  }

  std::unique_ptr<xtc_handle, Free> handle_;
};

template <typename Api>
Result<std::unique_ptr<EditableTable>> open_table(TableId table) {
  const std::string name(table_name(table));
  xtc_handle* handle = Api::init(name.c_str());
  if (handle == nullptr) return tl::unexpected<Error>(make_error(Doing::opening, errno, table));
  return std::make_unique<LibiptcTable<Api>>(handle);
}

}  // namespace

Result<std::unique_ptr<EditableTable>> open_libiptc_table(Family family, TableId table) {
  return family == Family::ipv4 ? open_table<Ipv4Api>(table) : open_table<Ipv6Api>(table);
}

}  // namespace ferrule::legacy
