#include "backend/sets.hpp"

#include <linux/in.h>
#include <linux/netfilter.h>
#include <linux/netfilter/xt_set.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <span>

#include "model/entry.hpp"
#include "model/rule_bytes.hpp"

namespace ferrule {
namespace {

constexpr uint32_t kOldestProtocol = 6;

// Where in a payload indexes stand.
struct Layout {
  std::string_view name;
  uint8_t revision;
  std::array<uint32_t, 3> offsets;
  size_t count;
};

constexpr std::array kMatchLayouts = {
    Layout{"set", 0, {offsetof(xt_set_info_match_v0, match_set)}, 1},
    Layout{"set", 1, {offsetof(xt_set_info_match_v1, match_set)}, 1},
    // Revision 2 has revision 1's struct.
    Layout{"set", 2, {offsetof(xt_set_info_match_v1, match_set)}, 1},
    Layout{"set", 3, {offsetof(xt_set_info_match_v3, match_set)}, 1},
    Layout{"set", 4, {offsetof(xt_set_info_match_v4, match_set)}, 1},
};

constexpr std::array kTargetLayouts = {
    Layout{"SET", 0, {offsetof(xt_set_info_target_v0, add_set), offsetof(xt_set_info_target_v0, del_set)}, 2},
    Layout{"SET", 1, {offsetof(xt_set_info_target_v1, add_set), offsetof(xt_set_info_target_v1, del_set)}, 2},
    Layout{"SET", 2, {offsetof(xt_set_info_target_v2, add_set), offsetof(xt_set_info_target_v2, del_set)}, 2},
    Layout{"SET",
           3,
           {offsetof(xt_set_info_target_v3, add_set), offsetof(xt_set_info_target_v3, del_set),
            offsetof(xt_set_info_target_v3, map_set)},
           3},
};

const Layout* layout_of(std::span<const Layout> layouts, const model::Part& part) {
  const auto found = std::find_if(layouts.begin(), layouts.end(), [&](const Layout& layout) {
    return layout.name == part.name && layout.revision == part.revision;
  });
  return found == layouts.end() ? nullptr : &*found;
}

std::string_view family_word(uint32_t family) {
  if (family == NFPROTO_IPV4) return "IPv4";
  return family == NFPROTO_IPV6 ? "IPv6" : "unknown";
}

tl::unexpected<Error> failure(int error_number) {
  Error error{.code = Code::kSystem, .message = {}, .errno_value = error_number};
  if (error_number == ENOPROTOOPT) {
    error.code = Code::kUnsupported;
    error.message = "Kernel module xt_set is not loaded in";
  } else if (error_number == EPERM) {
    error.code = Code::kPermission;
    error.message = "Permission denied: CAP_NET_ADMIN is needed in the network namespace to look up ipsets";
  } else {
    error.message = std::string("Problem when communicating with ipset: ") + strerrordesc_np(error_number);
  }
  return tl::unexpected<Error>(std::move(error));
}

}  // namespace

SetNames::~SetNames() {
  if (fd_ >= 0) close(fd_);
}

template <typename Request>
Result<void> SetNames::ask(Request& request) {
  request.version = version_;
  socklen_t size = sizeof request;
  if (getsockopt(fd_, IPPROTO_IP, SO_IP_SET, &request, &size) != 0) return failure(errno);
  if (size != sizeof request) return fail(Code::kSystem, "ipset answered with another size than asked for");
  return {};
}

Result<void> SetNames::connect() {
  if (version_ != 0) return {};
  // Sets of both families are asked about through an IPv4 socket.
  if (fd_ < 0) fd_ = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd_ < 0) return failure(errno);
  ip_set_req_version request{};
  request.op = IP_SET_OP_VERSION;
  if (Result<void> asked = ask(request); !asked) return asked;
  if (request.version < kOldestProtocol) {
    return fail(Code::kUnsupported, "Kernel ipset code is of protocol version " + std::to_string(request.version));
  }
  version_ = request.version;
  return {};
}

Result<uint16_t> SetNames::index_of(const std::string& name, Family family) {
  auto found = by_name_.find(name);
  if (found == by_name_.end()) {
    if (Result<void> connected = connect(); !connected) return tl::unexpected<Error>(connected.error());
    ip_set_req_get_set_family request{};
    request.op = IP_SET_OP_GET_FNAME;
    Set set{IPSET_INVALID_ID, NFPROTO_UNSPEC};
    // A name that does not fit cannot be a set's.
    if (name.size() < sizeof request.set.name) {
      std::memcpy(request.set.name, name.data(), name.size());
      if (Result<void> asked = ask(request); !asked) return tl::unexpected<Error>(asked.error());
      set = {request.set.index, request.family};
    }
    found = by_name_.emplace(name, set).first;
  }
  const Set& set = found->second;
  if (set.index == IPSET_INVALID_ID) return fail(Code::kNotFound, "Set " + name + " doesn't exist");
  if (set.family != NFPROTO_UNSPEC && set.family != static_cast<uint32_t>(family)) {
    return fail(Code::kInvalidInput, "The protocol family of set " + name + " is " +
                                         std::string(family_word(set.family)) + ", which is not applicable");
  }
  return set.index;
}

Result<std::string> SetNames::name_of(uint16_t index) {
  const auto found = by_index_.find(index);
  if (found != by_index_.end()) return found->second;
  if (Result<void> connected = connect(); !connected) return tl::unexpected<Error>(connected.error());
  ip_set_req_get_set request{};
  request.op = IP_SET_OP_GET_BYINDEX;
  request.set.index = index;
  if (Result<void> asked = ask(request); !asked) return tl::unexpected<Error>(asked.error());
  std::string name(request.set.name, strnlen(request.set.name, sizeof request.set.name));
  if (name.empty()) {
    return fail(Code::kNotFound, "Set with index " + std::to_string(index) + " in kernel doesn't exist");
  }
  return by_index_[index] = std::move(name);
}

Result<void> SetNames::write_indexes(Rule& rule) {
  for (const Attachment& attachment : rule.attachments()) {
    if (attachment.kind != Attachment::Kind::set_name) continue;
    const Result<uint16_t> index = index_of(attachment.text, rule.family());
    if (!index) return tl::unexpected<Error>(index.error());
    const std::span<std::byte> entry = model::RuleBytes::own(rule);
    std::memcpy(entry.data() + attachment.offset, &*index, sizeof *index);
  }
  return {};
}

Result<void> SetNames::check(const Rule& rule) {
  for (const Attachment& attachment : rule.attachments()) {
    if (attachment.kind != Attachment::Kind::set_name) continue;
    if (const auto index = index_of(attachment.text, rule.family()); !index) {
      return tl::unexpected<Error>(index.error());
    }
  }
  return {};
}

Result<void> SetNames::add_names(Rule& rule) {
  const auto add = [&](std::span<const Layout> layouts, const model::Part& part) -> Result<void> {
    const Layout* layout = layout_of(layouts, part);
    if (layout == nullptr) return {};
    for (size_t i = 0; i < layout->count; ++i) {
      uint16_t index = IPSET_INVALID_ID;
      const uint32_t offset = layout->offsets[i];
      if (offset + sizeof index > part.payload.size()) break;
      std::memcpy(&index, part.payload.data() + offset, sizeof index);
      if (index == IPSET_INVALID_ID) continue;
      Result<std::string> name = name_of(index);
      if (!name) return tl::unexpected<Error>(name.error());
      Result<void> attached = rule.attach({Attachment::Kind::set_name, part.payload_offset + offset, *std::move(name)});
      if (!attached) return attached;
    }
    return {};
  };
  for (const model::Part part : model::matches(rule)) {
    if (Result<void> added = add(kMatchLayouts, part); !added) return added;
  }
  return add(kTargetLayouts, model::target(rule));
}

}  // namespace ferrule
