// The arguments of one iptables command, each ended by a NUL: an error, or rules that print as they were understood.
#include <cstdlib>
#include <vector>

#include "ferrule/text.hpp"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace ferrule;
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  std::vector<std::string_view> words;
  while (!rest.empty()) {
    const size_t end = std::min(rest.find('\0'), rest.size());
    words.push_back(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  for (const Family family : {Family::ipv4, Family::ipv6}) {
    std::vector<std::string> notes;
    const auto parsed = parse_command(family, words, {.limits = {.rules_per_line = 100}, .notes = &notes});
    if (!parsed) {
      if (parsed.error().message.empty()) std::abort();
      continue;
    }
    if (!validate(*parsed)) continue;
    static_cast<void>(to_restore_text(*parsed, family));
  }
  return 0;
}
