// The nf_tables rule reader. Input: one byte for the family, one for the length of the userdata, the userdata, then the
// expressions. What can be read must be a well-formed rule, and one that reads the same after it was written.
#include <cstdlib>
#include <vector>

#include "backend_nft/decode.hpp"
#include "backend_nft/encode.hpp"
#include "model/entry.hpp"

namespace {

using namespace ferrule;

std::string interface_name(uint32_t index) { return index < 4 ? "eth" + std::to_string(index) : std::string(); }

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

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2 || size - 2 < data[1]) return 0;
  const Family family = (data[0] & 1) != 0 ? Family::ipv6 : Family::ipv4;
  const auto* bytes = reinterpret_cast<const std::byte*>(data);
  // Buffers that end where the bytes end, for the address sanitizer.
  const std::vector<std::byte> userdata(bytes + 2, bytes + 2 + data[1]);
  const std::vector<std::byte> expressions(bytes + 2 + data[1], bytes + size);
  nft::RuleReader reader(family, interface_name);
  const auto rule = reader.read(expressions, userdata);
  if (!rule) return 0;
  if (!model::check_entry(family, rule->entry())) std::abort();
  const std::vector<std::byte> written = encode(*rule);
  if (written.empty()) return 0;
  const auto again = reader.read(written);
  if (!again) return 0;
  const std::vector<std::byte> rewritten = encode(*again);
  if (rewritten != written && !rewritten.empty()) {
    const auto third = reader.read(rewritten);
    if (!third || !same_rule(*again, *third)) std::abort();
  }
  return 0;
}
