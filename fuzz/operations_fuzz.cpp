// Transactions made by hand, of operations with any fields. What `validate` accepts, both backends compile or refuse;
// what it refuses has no text. Input: pieces of 8 bytes: kind, chain, number, what is there, policy, new name, rule,
// line.
#include <array>
#include <cstdlib>

#include "backend_legacy/prebuilt.hpp"
#include "backend_nft/prebuilt.hpp"
#include "ferrule/text.hpp"
#include "ferrule/transaction.hpp"

namespace {

using namespace ferrule;

constexpr std::array<std::string_view, 12> kNames = {"INPUT",  "FORWARD",
                                                     "OUTPUT", "a",
                                                     "b",      "",
                                                     "a\nb",   "PREROUTING",
                                                     "ACCEPT", "a name that is too long by far",
                                                     "a b",    "exactly-twenty-eight-bytes-x"};

ChainName name(uint8_t number) { return ChainName(kNames[number % kNames.size()]); }

const std::vector<Rule>& rules() {
  static const std::vector<Rule> made = [] {
    std::vector<Rule> out;
    for (const Family family : {Family::ipv4, Family::ipv6}) {
      out.emplace_back(family);
      const auto parsed = parse_restore(
          family, "*filter\n-A INPUT -j DROP\n-A INPUT -p tcp -m tcp --dport 22 -j a\n-A INPUT -j LOG\nCOMMIT\n");
      for (const Operation& operation : parsed->changes[0].operations) out.push_back(*operation.rule);
    }
    return out;
  }();
  return made;
}

Operation operation(std::span<const uint8_t, 8> from) {
  Operation out = Operation::flush(name(from[1]));
  out.kind = static_cast<Operation::Kind>(from[0] % 15);
  out.number = from[2];
  if ((from[3] & 1) != 0) out.policy = static_cast<Policy>(from[4] % 3);
  if ((from[3] & 2) != 0) out.counters = Counters{from[4], from[5]};
  if ((from[3] & 4) != 0) out.rule = rules()[from[6] % rules().size()];
  out.new_name = name(from[5]);
  out.line = from[7];
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  TableChange change{.family = (data[0] & 1) != 0 ? Family::ipv6 : Family::ipv4,
                     .table = static_cast<TableId>(data[1] % 6),
                     .existing = (data[0] & 2) != 0 ? Existing::kKeep : Existing::kReplace};
  for (size_t at = 2; at + 8 <= size && change.operations.size() < 64; at += 8) {
    change.operations.push_back(operation(std::span<const uint8_t, 8>(data + at, 8)));
  }
  const Transaction transaction{.changes = {std::move(change)}};
  const auto text = to_restore_text(transaction, transaction.changes[0].family);
  if (!validate(transaction)) {
    if (text) std::abort();
    return 0;
  }
  static_cast<void>(legacy::prebuild(transaction));
  static_cast<void>(nft::prebuild(transaction));
  return 0;
}
