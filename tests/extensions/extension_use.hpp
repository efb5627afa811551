// One extension in use, without a rule around it: for revisions that no kernel here takes and for what it never has.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "extensions/instance.hpp"
#include "extensions/registry.hpp"
#include "names/names.hpp"

namespace ferrule::test {

// "0a05 0*6": hex digits, and runs of zero bytes.
std::vector<std::byte> bytes_of(std::string_view text);

// The extension of just that revision, or null.
const ext::Extension* find_revision(ext::Kind kind, Family family, std::string_view name, uint8_t revision);

// An extension with options, as a rule whose protocol is `protocol` would have it.
class ExtensionUse {
 public:
  // `extension` must outlive this.
  ExtensionUse(Family family, const ext::Extension& extension, uint16_t protocol);

  // Options and arguments in words separated by single blanks, `!` before an option; an argument in single quotes may
  // have blanks.
  Result<void> apply(std::string_view options);

  const ext::Instance& instance() const { return instance_; }

  using Writer = void (*)(const ext::PrintCall&, const std::byte*, ext::Text&);
  std::string text(Writer writer, std::span<const std::byte> payload, ext::Numbers numbers = ext::Numbers::kNumeric);
  // What iptables-save and `iptables -L -n` would print of it.
  std::string saved() { return text(extension_.save, instance_.payload()); }
  std::string listed() { return text(extension_.print, instance_.payload()); }

 private:
  ext::RuleContext context() const;

  Family family_;
  const ext::Extension& extension_;
  model::Selectors selectors_;
  Names names_{NameLookup::kNone};
  ext::Instance instance_;
};

}  // namespace ferrule::test
