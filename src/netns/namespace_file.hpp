// Network namespaces as files, see namespaces(7) and ioctl_ns(2).
#pragma once

#include <string>

#include "ferrule/error.hpp"
#include "ferrule/netns.hpp"
#include "netns/descriptor.hpp"

namespace ferrule::netns {

// The namespace that the calling thread is in; also where /proc is not there.
Result<Descriptor> open_current();
// `label` is for messages, as NetNs::label.
Result<Descriptor> open_file(const std::string& path, const std::string& label);
// kInvalidInput where it is another kind of file.
Result<void> check_is_network_namespace(const Descriptor& file, const std::string& label);
Result<NamespaceId> id_of(const Descriptor& file);
// The user namespace that owns it.
Result<Descriptor> open_owner(const Descriptor& file, const std::string& label);

}  // namespace ferrule::netns
