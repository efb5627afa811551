#include "extensions/extension_use.hpp"

#include <utility>

namespace ferrule::test {
namespace {

std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> words;
  while (!text.empty()) {
    const char end = text[0] == '\'' ? '\'' : ' ';
    if (end == '\'') text.remove_prefix(1);
    const size_t at = text.find(end);
    words.push_back(text.substr(0, at));
    text.remove_prefix(at == std::string_view::npos ? text.size() : at + 1);
    if (end == '\'' && text.starts_with(' ')) text.remove_prefix(1);
  }
  return words;
}

}  // namespace

std::vector<std::byte> bytes_of(std::string_view text) {
  std::vector<std::byte> bytes;
  for (const std::string_view word : split(text)) {
    if (word.starts_with("0*")) {
      bytes.resize(bytes.size() + std::stoul(std::string(word.substr(2))));
      continue;
    }
    for (size_t i = 0; i + 1 < word.size(); i += 2) {
      bytes.push_back(static_cast<std::byte>(std::stoi(std::string(word.substr(i, 2)), nullptr, 16)));
    }
  }
  return bytes;
}

const ext::Extension* find_revision(ext::Kind kind, Family family, std::string_view name, uint8_t revision) {
  const ext::Extension* found = ext::find_by_name(kind, family, name, revision);
  return found != nullptr && found->revision == revision ? found : nullptr;
}

ExtensionUse::ExtensionUse(Family family, const ext::Extension& extension, uint16_t protocol)
    : family_(family), extension_(extension) {
  selectors_.protocol = protocol;
  instance_.start(extension, family);
}

Result<void> ExtensionUse::apply(std::string_view options) {
  const std::vector<std::string_view> words = split(options);
  bool inverted = false;
  for (size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "!") {
      inverted = true;
      continue;
    }
    size_t id = 0;
    while (id < extension_.options.size() && "--" + std::string(extension_.options[id].name) != words[i]) ++id;
    if (id == extension_.options.size()) return fail(Code::kInvalidInput, "unknown option " + std::string(words[i]));
    const ext::Option& option = extension_.options[id];
    ext::Arguments arguments;
    if (option.arg != ext::Arg::kNone && i + 1 < words.size()) arguments.first = words[++i];
    if ((option.flags & ext::kTwoWords) != 0 && i + 1 < words.size()) arguments.second = words[++i];
    auto done = instance_.apply(id, std::exchange(inverted, false), arguments, context(), names_);
    if (!done) return done;
  }
  return instance_.finish(context());
}

std::string ExtensionUse::text(Writer writer, std::span<const std::byte> payload, ext::Numbers numbers) {
  std::string string;
  ext::Text out(string);
  const ext::PrintCall call{
      .family = family_, .numbers = numbers, .names = names_, .attachments = instance_.attachments()};
  if (writer != nullptr) writer(call, payload.data(), out);
  return string;
}

ext::RuleContext ExtensionUse::context() const {
  return {.family = family_, .selectors = &selectors_, .chain = "INPUT", .table = "filter"};
}

}  // namespace ferrule::test
