#include "iptables/rule_in_words.hpp"

#include <string_view>

#include "ferrule/text.hpp"

namespace ferrule::cli {
namespace {

// " in + out eth0 "
void forget_any(std::string& text, std::string_view direction) {
  const size_t at = text.find(direction);
  if (at == std::string::npos) return;
  const size_t name = at + direction.size();
  if (text.compare(name, 2, "+ ") == 0) text[name] = '*';
}

// nf_tables has no place for it.
void forget_log_range(std::string& text) {
  constexpr std::string_view kRange = " nflog-range ";
  const size_t at = text.rfind(kRange);
  if (at == std::string::npos || text.find('"', at) != std::string::npos) return;
  text.erase(at, text.find_first_of(" \n", at + kRange.size()) - at);
}

}  // namespace

std::string rule_in_words(const Rule& rule, BackendKind backend) {
  if (backend != BackendKind::nft) return to_verbose_text(rule);
  std::string text = to_verbose_text(rule, NameLookup::kNone, BareMatch::kNothing);
  // By then, iptables-nft has forgotten an interface that may have any name.
  forget_any(text, " in ");
  forget_any(text, " out ");
  if (rule.target_name() == "NFLOG") forget_log_range(text);
  constexpr std::string_view kQueue = "QUEUE";
  if (rule.target_kind() == TargetKind::queue) text.replace(0, kQueue.size(), "standard");
  return text;
}

}  // namespace ferrule::cli
