// Network namespaces as files, see namespaces(7) and ioctl_ns(2).
#pragma once

#include <optional>
#include <string>

#include "ferrule/error.hpp"
#include "ferrule/netns.hpp"
#include "kernel/descriptor.hpp"

namespace ferrule::netns {

using kernel::Descriptor;

// The namespace that the calling thread is in; also where /proc is not there.
Result<Descriptor> open_current();
// `label` is for messages, as NetNs::label.
Result<Descriptor> open_file(const std::string& path, const std::string& label);
// kInvalidInput where it is another kind of file.
Result<void> check_is_network_namespace(const Descriptor& file, const std::string& label);
Result<NamespaceId> id_of(const Descriptor& file);
// The user namespace that owns it.
Result<Descriptor> open_owner(const Descriptor& file, const std::string& label);

// A network namespace and the user namespace that owns it.
struct Place {
  Descriptor network_namespace;
  Descriptor user_namespace;
};
// The network namespace that the calling thread is in, where it belongs to another user namespace than the thread's own
// and this is known: it takes /proc, and an owner that is not further out. Six system calls.
std::optional<Place> foreign_place();

}  // namespace ferrule::netns
