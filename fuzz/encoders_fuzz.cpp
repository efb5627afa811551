// Text → the encoders of both backends → their decoders. What legacy reads back is the rule that was written, and both
// give nf_tables the same bytes; what nf_tables reads back stays what it is when it is written again.
#include <cstdlib>
#include <vector>

#include "backend_legacy/blob.hpp"
#include "backend_legacy/blob_writer.hpp"
#include "backend_nft/decode.hpp"
#include "backend_nft/encode.hpp"
#include "ferrule/text.hpp"

namespace {

using namespace ferrule;

std::string interface_name(uint32_t) { return {}; }

// The expressions of `rule`, or nothing where nf_tables has no way to say it.
std::vector<std::byte> encode(const Rule& rule) {
  std::vector<uint64_t> buffer(nft::message_room(rule) / sizeof(uint64_t) + 1);
  nlmsghdr* message = mnl_nlmsg_put_header(buffer.data());
  if (!nft::encode_rule(rule, message)) return {};
  const auto attributes =
      std::as_bytes(std::span(buffer)).subspan(MNL_NLMSG_HDRLEN, message->nlmsg_len - MNL_NLMSG_HDRLEN);
  const netlink::Attribute first = *netlink::AttributeRange(attributes).begin();
  return {first.value.begin(), first.value.end()};
}

// The rule as a legacy table has it; absent where it leads to a chain, of which this table has one only.
std::optional<Rule> through_legacy(const Rule& rule) {
  legacy::BlobChains chains;
  for (const auto& [name, hook] :
       {std::pair("INPUT", Hook::input), std::pair("FORWARD", Hook::forward), std::pair("OUTPUT", Hook::output)}) {
    chains.add(ChainName(name))->hook = hook;
  }
  if (rule.target_kind() == TargetKind::chain) chains.add(ChainName(rule.target_name()));
  chains.find("FORWARD")->rules.push_back(rule);
  auto written = legacy::write_blob(rule.family(), TableId::filter, chains);
  if (!written) return std::nullopt;
  const auto table = legacy::read_blob(rule.family(), std::move(written->blob));
  if (!table) std::abort();
  return table->find("FORWARD")->rules.at(0);
}

void check(const Rule& rule) {
  if (rule.foreign_text()) return;
  const std::vector<std::byte> expressions = encode(rule);
  if (const auto legacy = through_legacy(rule); legacy && rule.attachments().empty()) {
    if (!same_rule(*legacy, rule) || encode(*legacy) != expressions) std::abort();
  }
  if (expressions.empty()) return;
  nft::RuleReader reader(rule.family(), interface_name);
  const auto read = reader.read(expressions);
  if (!read) return;
  const std::vector<std::byte> again = encode(*read);
  if (again.empty()) return;
  const auto read_again = reader.read(again);
  if (!read_again || !same_rule(*read, *read_again)) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const Family family : {Family::ipv4, Family::ipv6}) {
    const auto parsed = parse_restore(family, text, {.limits = {.rules = 200, .rules_per_line = 100}});
    if (!parsed) continue;
    for (const TableChange& change : parsed->changes) {
      for (const Operation& operation : change.operations) {
        if (operation.rule) check(*operation.rule);
      }
    }
  }
  return 0;
}
