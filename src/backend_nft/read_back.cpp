#include "backend_nft/read_back.hpp"

#include <libmnl/libmnl.h>

#include <cstdint>
#include <span>
#include <utility>

#include "backend_nft/encode.hpp"
#include "backend_nft/interface_names.hpp"

namespace ferrule::nft {
using netlink::AttributeRange;

Result<std::vector<std::byte>> expressions_of(const Rule& rule) {
  std::vector<uint64_t> buffer(message_room(rule) / sizeof(uint64_t) + 1);
  nlmsghdr* message = mnl_nlmsg_put_header(buffer.data());
  if (auto encoded = encode_rule(rule, message); !encoded) return tl::unexpected(encoded.error());
  const auto attributes =
      std::as_bytes(std::span(buffer)).subspan(MNL_NLMSG_HDRLEN, message->nlmsg_len - MNL_NLMSG_HDRLEN);
  const Bytes expressions = AttributeRange(attributes).begin()->value;
  return std::vector<std::byte>(expressions.begin(), expressions.end());
}

Result<Rule> RuleMirror::read_back(const Rule& rule) {
  Rule written = rule;
  if (auto indexes = sets_.write_indexes(written); !indexes) return tl::unexpected(indexes.error());
  const auto expressions = expressions_of(written);
  if (!expressions) return tl::unexpected(expressions.error());
  std::optional<RuleReader>& reader = readers_[rule.family() == Family::ipv4 ? 0 : 1];
  if (!reader) reader.emplace(rule.family(), interface_name);
  auto read = reader->read(*expressions);
  if (!read) return fail(Code::kUnsupported, "the rule could not be read back: it " + read.error().text);
  if (auto named = sets_.add_names(*read); !named) return tl::unexpected(named.error());
  return *std::move(read);
}

}  // namespace ferrule::nft
