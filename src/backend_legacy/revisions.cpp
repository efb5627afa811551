#include "backend_legacy/revisions.hpp"

namespace ferrule::legacy {

std::optional<uint8_t> KernelRevisions::ask(PartKind kind, std::string_view name, uint8_t max_revision) const {
  for (int revision = max_revision; revision >= 0; --revision) {
    const auto asked = static_cast<uint8_t>(revision);
    const RevisionAnswer answer =
        kind == PartKind::match ? socket_->match_revision(name, asked) : socket_->target_revision(name, asked);
    switch (answer) {
      case RevisionAnswer::kSupported:
      case RevisionAnswer::kNotAllowed:
        return asked;
      case RevisionAnswer::kUnknown:
        return std::nullopt;
      case RevisionAnswer::kOtherRevision:
        break;
    }
  }
  return std::nullopt;
}

Result<std::optional<uint8_t>> KernelRevisions::highest(PartKind kind, std::string_view name, uint8_t max_revision) {
  Key key{kind, std::string(name), max_revision};
  if (const auto found = known_.find(key); found != known_.end()) return found->second;
  if (!socket_) {
    Result<XtSocket> opened = XtSocket::open(family_);
    if (!opened) return tl::unexpected<Error>(opened.error());
    socket_ = std::move(*opened);
  }
  return known_[std::move(key)] = ask(kind, name, max_revision);
}

}  // namespace ferrule::legacy
