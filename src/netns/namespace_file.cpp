#include "netns/namespace_file.hpp"

#include <fcntl.h>
#include <linux/nsfs.h>
#include <linux/sockios.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

#include "kernel/system_error.hpp"

namespace ferrule::netns {
namespace {

// Not /proc/self: that is the process's main thread, which may be elsewhere.
constexpr const char* kCurrent = "/proc/thread-self/ns/net";
constexpr const char* kCurrentUser = "/proc/thread-self/ns/user";

tl::unexpected<Error> failure(Code code, int error_number, std::string message) {
  return tl::unexpected<Error>(Error{
      .code = code, .message = std::move(message) + ": " + strerrordesc_np(error_number), .errno_value = error_number});
}

Code code_of_open(int error_number) {
  switch (error_number) {
    case ENOENT:
    case ENOTDIR:
    case ESRCH:
      return Code::kNotFound;
    case EACCES:
    case EPERM:
      return Code::kPermission;
    case ELOOP:
    case ENAMETOOLONG:
    case ENXIO:
      return Code::kInvalidInput;
    default:
      return kernel::code_of_errno(error_number);
  }
}

}  // namespace

Result<Descriptor> open_current() {
  Descriptor file(::open(kCurrent, O_RDONLY | O_CLOEXEC));
  if (file.is_open()) return file;
  const int error_number = errno;
  // A socket knows its namespace too, but the kernel tells only those with CAP_NET_ADMIN in it.
  const Descriptor probe(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (probe.is_open()) {
    Descriptor of_socket(ioctl(probe.get(), SIOCGSKNS));
    if (of_socket.is_open()) return of_socket;
  }
  return failure(code_of_open(error_number), error_number,
                 "cannot open the current network namespace, " + std::string(kCurrent));
}

Result<Descriptor> open_file(const std::string& path, const std::string& label) {
  // The path may lead to anything: neither wait for a pipe's writer nor adopt a terminal.
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (!file.is_open()) {
    const int error_number = errno;
    return failure(code_of_open(error_number), error_number, "cannot open " + label);
  }
  if (Result<void> checked = check_is_network_namespace(file, label); !checked) {
    return tl::unexpected<Error>(checked.error());
  }
  return file;
}

Result<void> check_is_network_namespace(const Descriptor& file, const std::string& label) {
  const int type = ioctl(file.get(), NS_GET_NSTYPE);
  if (type == CLONE_NEWNET) return {};
  if (type >= 0) return fail(Code::kInvalidInput, label + " is a namespace of another kind, not of the network");
  const int error_number = errno;
  // What other files answer to an ioctl that they do not know; each driver has its own choice of these.
  if (error_number == ENOTTY || error_number == EINVAL || error_number == EOPNOTSUPP || error_number == ENOSYS) {
    return fail(Code::kInvalidInput, label + " is a file but not a network namespace");
  }
  return tl::unexpected(kernel::system_error("cannot find out what " + label + " is", error_number));
}

Result<NamespaceId> id_of(const Descriptor& file) {
  struct stat status {};
  if (fstat(file.get(), &status) != 0) return failure(Code::kSystem, errno, "cannot identify a namespace");
  return NamespaceId{.device = status.st_dev, .inode = status.st_ino};
}

Result<Descriptor> open_owner(const Descriptor& file, const std::string& label) {
  Descriptor owner(ioctl(file.get(), NS_GET_USERNS));
  if (owner.is_open()) return owner;
  const int error_number = errno;
  if (error_number == EPERM) {
    return failure(Code::kPermission, error_number, "the owner of " + label + " is outside of this user namespace");
  }
  return failure(Code::kSystem, error_number, "cannot find the owner of " + label);
}

std::optional<Place> foreign_place() {
  Descriptor network_namespace(::open(kCurrent, O_RDONLY | O_CLOEXEC));
  if (!network_namespace.is_open()) return std::nullopt;
  Descriptor owner(ioctl(network_namespace.get(), NS_GET_USERNS));
  struct stat of_owner {};
  struct stat own {};
  if (!owner.is_open() || fstat(owner.get(), &of_owner) != 0 || stat(kCurrentUser, &own) != 0) return std::nullopt;
  if (of_owner.st_dev == own.st_dev && of_owner.st_ino == own.st_ino) return std::nullopt;
  return Place{.network_namespace = std::move(network_namespace), .user_namespace = std::move(owner)};
}

}  // namespace ferrule::netns
