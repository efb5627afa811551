// Going into a namespace and back. What can go wrong on the way back is asked before leaving: entering the namespace
// one is in changes nothing, but needs the same rights as returning to it.
#include "ferrule/netns.hpp"

#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <exception>
#include <system_error>
#include <thread>

#include "kernel/descriptor.hpp"
#include "kernel/system.hpp"
#include "kernel/system_error.hpp"
#include "netns/namespace_file.hpp"

namespace ferrule {
namespace {

using kernel::Descriptor;

constexpr std::string_view kNamedDirectory = "/run/netns/";

tl::unexpected<Error> cannot_enter(const std::string& label, int error_number) {
  Error error{.code = Code::kSystem,
              .message = "cannot enter " + label + ": " + strerrordesc_np(error_number),
              .errno_value = error_number};
  if (error_number == EPERM) {
    error.code = Code::kPermission;
    error.message += " (CAP_SYS_ADMIN is needed in the user namespace that owns it and in one's own)";
  }
  return tl::unexpected<Error>(std::move(error));
}

// Calls `action`; what it throws comes back as a value.
std::exception_ptr call(const std::function<void()>& action) {
  try {
    action();
  } catch (...) {
    return std::current_exception();
  }
  return {};
}

Result<void> visit_on_this_thread(const Descriptor& own, const Descriptor& target, const std::string& label,
                                  const std::function<void()>& action) {
  if (setns(target.get(), CLONE_NEWNET) != 0) return cannot_enter(label, errno);
  const std::exception_ptr thrown = call(action);
  if (setns(own.get(), CLONE_NEWNET) != 0) {
    const int error_number = errno;
    return tl::unexpected<Error>(
        Error{.code = Code::kThreadLost,
              .message = "the work in " + label +
                         " was done, but this thread could not return from there and must not go on: " +
                         strerrordesc_np(error_number),
              .errno_value = error_number});
  }
  if (thrown) std::rethrow_exception(thrown);
  return {};
}

Result<void> visit_on_another_thread(const Descriptor& target, const std::string& label,
                                     const std::function<void()>& action) {
  std::exception_ptr thrown;
  int error_number = 0;
  const auto body = [&] {
    if (setns(target.get(), CLONE_NEWNET) != 0) {
      error_number = errno;
    } else {
      thrown = call(action);
    }
  };
  std::thread thread;
  if (const int failed = kernel::real_system().start_thread(thread, body); failed != 0) {
    return tl::unexpected(kernel::system_error("cannot start a thread to enter " + label + " with", failed));
  }
  thread.join();
  if (error_number != 0) return cannot_enter(label, error_number);
  if (thrown) std::rethrow_exception(thrown);
  return {};
}

bool is_same(const Descriptor& a, const Descriptor& b) {
  const auto id_a = netns::id_of(a);
  const auto id_b = netns::id_of(b);
  return id_a && id_b && *id_a == *id_b;
}

std::optional<int> parse_number(std::string_view text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number < 0) return std::nullopt;
  return number;
}

}  // namespace

NetNs NetNs::current() { return {Kind::kCurrent, "the current network namespace"}; }

NetNs NetNs::path(std::string path) {
  NetNs out(Kind::kFile, "network namespace " + path);
  out.path_ = std::move(path);
  return out;
}

NetNs NetNs::named(std::string_view name) { return path(std::string(kNamedDirectory).append(name)); }

NetNs NetNs::pid(int pid) {
  NetNs out = path("/proc/" + std::to_string(pid) + "/ns/net");
  out.label_ = "the network namespace of process " + std::to_string(pid);
  return out;
}

NetNs NetNs::fd(int descriptor) {
  auto copy = std::make_shared<const Descriptor>(fcntl(descriptor, F_DUPFD_CLOEXEC, 0));
  const int error_number = copy->is_open() ? 0 : errno;
  NetNs out(copy->is_open() ? Kind::kDescriptor : Kind::kBadDescriptor,
            "the network namespace of descriptor " + std::to_string(descriptor));
  out.bad_descriptor_errno_ = error_number;
  out.descriptor_ = std::move(copy);
  return out;
}

Result<NetNs> NetNs::parse(std::string_view text) {
  const auto refuse = [&](const char* why) {
    return fail(Code::kInvalidInput, "bad network namespace \"" + std::string(text) + "\": " + why);
  };
  if (text.find('\0') != std::string_view::npos) return refuse("there is a NUL in it");
  for (const std::string_view prefix : {"pid:", "fd:"}) {
    if (!text.starts_with(prefix)) continue;
    const auto number = parse_number(text.substr(prefix.size()));
    if (!number) return refuse("a number must follow the colon");
    return prefix == "pid:" ? pid(*number) : fd(*number);
  }
  if (text.find('/') != std::string_view::npos) return path(std::string(text));
  if (text.empty() || text == "." || text == "..") return refuse("this is not a name");
  return named(text);
}

Result<int> NetNs::open() const {
  const auto released = [](Result<Descriptor> file) -> Result<int> {
    if (!file) return tl::unexpected<Error>(file.error());
    return file->release();
  };
  switch (kind_) {
    case Kind::kCurrent:
      return released(netns::open_current());
    case Kind::kFile:
      return released(netns::open_file(path_, label_));
    case Kind::kDescriptor:
      break;
    case Kind::kBadDescriptor:
      return tl::unexpected(
          bad_descriptor_errno_ == EBADF
              ? Error{.code = Code::kInvalidInput, .message = label_ + " does not exist", .errno_value = EBADF}
              : kernel::system_error(label_ + " could not be duplicated", bad_descriptor_errno_));
  }
  if (Result<void> checked = netns::check_is_network_namespace(*descriptor_, label_); !checked) {
    return tl::unexpected<Error>(checked.error());
  }
  const int copy = fcntl(descriptor_->get(), F_DUPFD_CLOEXEC, 0);
  if (copy >= 0) return copy;
  const int error_number = errno;
  return tl::unexpected(kernel::system_error("cannot open " + label_, error_number));
}

Result<void> NetNs::visit(const std::function<void()>& action) const {
  if (kind_ == Kind::kCurrent) {
    action();
    return {};
  }
  const Result<int> opened = open();
  if (!opened) return tl::unexpected<Error>(opened.error());
  const Descriptor target(*opened);
  const Result<Descriptor> own = netns::open_current();
  if (own && is_same(*own, target)) {
    action();
    return {};
  }
  const bool may_return = own && setns(own->get(), CLONE_NEWNET) == 0;
  if (may_return) return visit_on_this_thread(*own, target, label_, action);
  return visit_on_another_thread(target, label_, action);
}

Result<NamespaceId> NetNs::id() const {
  const Result<int> opened = open();
  if (!opened) return tl::unexpected<Error>(opened.error());
  return netns::id_of(Descriptor(*opened));
}

Result<uint64_t> NetNs::cookie() const {
  return run([&]() -> Result<uint64_t> {
    const Descriptor probe(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    uint64_t cookie = 0;
    socklen_t size = sizeof cookie;
    if (probe.is_open() && getsockopt(probe.get(), SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &size) == 0) return cookie;
    const int error_number = errno;
    return tl::unexpected<Error>(
        Error{.code = error_number == ENOPROTOOPT ? Code::kUnsupported : Code::kSystem,
              .message = "cannot get the cookie of " + label_ + ": " + strerrordesc_np(error_number),
              .errno_value = error_number});
  });
}

Result<NamespaceOwner> NetNs::owner() const {
  const Result<int> opened = open();
  if (!opened) return tl::unexpected<Error>(opened.error());
  const Descriptor file(*opened);
  const Result<Descriptor> owner = netns::open_owner(file, label_);
  if (!owner) return tl::unexpected<Error>(owner.error());
  const Descriptor own(::open("/proc/thread-self/ns/user", O_RDONLY | O_CLOEXEC));
  NamespaceOwner out;
  const auto id = netns::id_of(*owner);
  const auto own_id = netns::id_of(own);
  if (!id) return tl::unexpected<Error>(id.error());
  if (!own_id) return tl::unexpected<Error>(own_id.error());
  out.user_namespace = *id;
  out.is_callers = *id == *own_id;
  uid_t uid = 0;
  if (ioctl(owner->get(), NS_GET_OWNER_UID, &uid) != 0) {
    const int error_number = errno;
    return tl::unexpected<Error>(
        Error{.code = Code::kSystem,
              .message = "cannot find the owner of " + label_ + ": " + strerrordesc_np(error_number),
              .errno_value = error_number});
  }
  out.uid = uid;
  return out;
}

}  // namespace ferrule
