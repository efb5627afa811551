// What iptables-nft sends for a list of commands, as -vv and -vvv print it: more than ferrule does, which leaves out
// what the kernel ignores or knows already.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ferrule/transaction.hpp"
#include "iptables/dump/nft_kernel_table.hpp"

namespace ferrule::cli {

class NftBatch {
 public:
  enum class Begin : uint8_t {
    kAsItIs,
    kAnew,  // the table is deleted first
  };
  // `last_id` is that of the last rule which iptables-nft had to name while the kernel had no handle for it.
  NftBatch(const NftPlace& place, const NftKernelTable& table, Begin begin, uint32_t last_id);

  // Behind a listing, base chains that are not there count as if they were.
  void pretend_base_chains();
  // Whether commands name the chains that they are about.
  enum class Naming : uint8_t { kSilent, kByName };
  // `drafts` are the messages that ferrule sends for it.
  void add(const Operation& operation, const std::vector<const DraftMessage*>& drafts, Naming naming);

  // Of -vv, or -vvv and more.
  std::string text(unsigned verbose) const;
  uint32_t last_id() const { return last_id_; }

 private:
  using RulePointer = std::shared_ptr<NftRule>;
  struct Known {
    std::shared_ptr<NftChain> chain;
    std::optional<uint64_t> handle = {};
    std::vector<RulePointer> rules = {};
  };
  struct Sent {
    uint16_t type;
    std::shared_ptr<const NftChain> chain = {};
    std::shared_ptr<const NftRule> rule = {};
  };

  void send(uint16_t type) { sent_.push_back({.type = type}); }
  void send(uint16_t type, std::shared_ptr<const NftChain> chain) {
    sent_.push_back({.type = type, .chain = std::move(chain)});
  }
  void send(uint16_t type, std::shared_ptr<const NftRule> rule) {
    sent_.push_back({.type = type, .rule = std::move(rule)});
  }
  void send_flush(std::string_view chain);
  static bool is_flush(const Sent& sent);
  void forget_rules(std::string_view chain);
  std::string text_of(const Sent& sent) const;
  std::vector<std::byte> message_of(const Sent& sent, uint32_t sequence) const;

  std::shared_ptr<NftChain> new_base_chain(Hook hook) const;
  std::optional<Hook> base_hook(std::string_view chain) const;
  Known* find(std::string_view chain);
  std::vector<Known*> all(Naming naming);
  void add_user(Known known);
  void make_table();
  void make_base_chain(Hook hook);
  // The table, and the chain if it is a base chain; all of them where `chain` is empty.
  void make(std::string_view chain);

  RulePointer new_rule(const Operation& operation, const std::vector<const DraftMessage*>& drafts);
  uint32_t name_rule(NftRule& rule);
  void append(Known& chain, const RulePointer& rule);
  void insert(Known& chain, const RulePointer& rule, uint32_t number);
  void replace(Known& chain, const RulePointer& rule, uint32_t number);
  void take(Known& chain, size_t index);
  void take_drafted(Known& chain, const std::vector<const DraftMessage*>& drafts);
  void flush(std::string_view chain, Naming naming);
  void zero(const Operation& operation, Naming naming);
  static void zero(NftRule& rule);
  void declare(const Operation& operation);
  void delete_chain(std::string_view chain);
  void delete_all_chains(Naming naming);
  void set(const Operation& operation, std::optional<Policy> policy, const Counters& counters);

  NftPlace place_;
  bool exists_;
  bool sorted_ = false;
  uint32_t last_id_;
  std::array<std::optional<Known>, 5> base_;  // by hook
  std::map<std::string, Known, std::less<>> users_;
  std::vector<std::string> order_;           // of these
  std::map<uint32_t, RulePointer> drafted_;  // by the numbers that ferrule gave them
  std::vector<Sent> sent_;
};

}  // namespace ferrule::cli
