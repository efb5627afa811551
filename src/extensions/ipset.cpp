#include "extensions/ipset.hpp"

#include <string>

#include "extensions/bare_name.hpp"
#include "extensions/lists.hpp"

namespace ferrule::ext {
namespace {

// The bit of the direction at `position`, counted from 0; a set bit is src.
constexpr uint8_t source_bit(size_t position) { return static_cast<uint8_t>(1U << (position + 1)); }

Result<void> read_directions(std::string_view text, xt_set_info& set) {
  set.dim = 0;
  std::string_view rest = text;
  do {
    // As with iptables, three letters decide: "srcport" is src.
    const std::string_view direction = next_item(rest).substr(0, 3);
    if (set.dim == IPSET_DIM_MAX) return fail(Code::kInvalidInput, "Can't be more src/dst options than 6.");
    if (direction != "src" && direction != "dst") {
      return fail(Code::kInvalidInput, "You must spefify (the comma separated list of) 'src' or 'dst'.");
    }
    if (direction == "src") set.flags |= source_bit(set.dim);
    ++set.dim;
  } while (rest.data() != nullptr);
  return {};
}

}  // namespace

std::string refusal_of_set(const OptionCall& call, Refusal why) {
  return why == Refusal::kTwice ? "--" + std::string(call.option.name) + " can be specified only once" : std::string{};
}

Result<void> read_set(OptionCall& call, uint32_t offset, xt_set_info& set) {
  constexpr size_t kMaxName = IPSET_MAXNAMELEN - 1;
  if (call.text.size() > kMaxName) {
    return fail(Code::kInvalidInput, "setname `" + std::string(call.text) + "' too long, max 31 characters.");
  }
  if (call.text.empty()) return fail(Code::kInvalidInput, "Set  doesn't exist");
  if (auto result = read_directions(call.second, set); !result) return result;
  call.attachments.push_back({Attachment::Kind::set_name, offset, std::string(call.text)});
  return {};
}

void put_set(const PrintCall& call, uint32_t offset, const xt_set_info& set, Text& out) {
  if (const std::string* name = call.attached(offset)) {
    put_name(out, *name);
  } else {
    out.number(set.index);
  }
  for (size_t i = 0; i < set.dim && i < IPSET_DIM_MAX; ++i) {
    out.raw(i == 0 ? ' ' : ',').raw((set.flags & source_bit(i)) != 0 ? "src" : "dst");
  }
}

xt_set_info load_set(const xt_set_info_v0& old) {
  xt_set_info set{old.index, 0, 0};
  while (set.dim < IPSET_DIM_MAX && (old.u.flags[set.dim] & (IPSET_SRC | IPSET_DST)) != 0) {
    if ((old.u.flags[set.dim] & IPSET_SRC) != 0) set.flags |= source_bit(set.dim);
    ++set.dim;
  }
  return set;
}

void store_set(const xt_set_info& set, xt_set_info_v0& old) {
  old.index = set.index;
  for (size_t i = 0; i < IPSET_DIM_MAX; ++i) {
    old.u.flags[i] &= ~static_cast<uint32_t>(IPSET_SRC | IPSET_DST);
    if (i < set.dim) old.u.flags[i] |= (set.flags & source_bit(i)) != 0 ? IPSET_SRC : IPSET_DST;
  }
}

}  // namespace ferrule::ext
