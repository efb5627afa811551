#include "backend_legacy/sockopt.hpp"

#include <linux/netfilter_ipv4/ip_tables.h>
#include <linux/netfilter_ipv6/ip6_tables.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string>
#include <utility>

#include "backend_legacy/errors.hpp"
#include "kernel/system_error.hpp"

namespace ferrule::legacy {
namespace {

// One set of structs serves both families: these are equal but for the entries behind them.
static_assert(sizeof(ipt_getinfo) == 84 && sizeof(ip6t_getinfo) == 84);
static_assert(sizeof(ipt_replace) == 96 && sizeof(ip6t_replace) == 96);
static_assert(offsetof(ipt_replace, counters) == 88 && offsetof(ip6t_replace, counters) == 88);
static_assert(offsetof(ipt_get_entries, entrytable) == 40 && offsetof(ip6t_get_entries, entrytable) == 40);
static_assert(IPT_SO_SET_REPLACE == 64 && IP6T_SO_SET_REPLACE == 64);
static_assert(IPT_SO_SET_ADD_COUNTERS == 65 && IP6T_SO_SET_ADD_COUNTERS == 65);
static_assert(IPT_SO_GET_INFO == 64 && IP6T_SO_GET_INFO == 64);
static_assert(IPT_SO_GET_ENTRIES == 65 && IP6T_SO_GET_ENTRIES == 65);
static_assert(kHooks == NF_INET_NUMHOOKS);
// Counters are handed to the kernel as they are.
static_assert(sizeof(Counters) == sizeof(xt_counters) && offsetof(Counters, bytes) == offsetof(xt_counters, bcnt));

constexpr int kReadAttempts = 16;

template <size_t N>
void copy_name(TableId table, char (&to)[N]) {
  const std::string_view name = table_name(table);
  std::memcpy(to, name.data(), name.size());
}

tl::unexpected<Error> failure(Doing doing, TableId table) {
  return tl::unexpected<Error>(make_error(doing, errno, table));
}

// A large one comes from the system, which has zeroed it already.
std::shared_ptr<std::byte> zeroed(size_t size) {
  auto* bytes = static_cast<std::byte*>(std::calloc(size, 1));
  if (bytes == nullptr) throw std::bad_alloc();
  return {bytes, [](std::byte* room) { std::free(room); }};
}

}  // namespace

TableBlob::TableBlob(TableId table, const TableInfo& info)
    : table_(table), info_(info), buffer_(zeroed(kRoom + info.size)) {}

void TableBlob::write_replace_header(uint32_t old_entry_count, Counters* old_counters) {
  ipt_replace header;
  static_assert(sizeof header == kRoom);
  std::memset(&header, 0, sizeof header);
  copy_name(table_, header.name);
  header.valid_hooks = info_.valid_hooks;
  header.num_entries = info_.entry_count;
  header.size = info_.size;
  for (size_t hook = 0; hook < kHooks; ++hook) {
    if (!info_.has_hook(hook)) continue;
    header.hook_entry[hook] = info_.hook_entry[hook];
    header.underflow[hook] = info_.underflow[hook];
  }
  header.num_counters = old_entry_count;
  header.counters = reinterpret_cast<xt_counters*>(old_counters);
  std::memcpy(buffer_.get(), &header, sizeof header);
}

Replacement::Replacement(TableBlob blob, uint32_t old_entry_count)
    : unread_(std::make_unique<Counters[]>(old_entry_count)), blob_(std::move(blob)) {
  blob_.write_replace_header(old_entry_count, unread_.get());
}

Result<XtSocket> XtSocket::open(Family family) {
  // Not a raw socket: that would need CAP_NET_RAW on top.
  const int fd = socket(family == Family::ipv4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd >= 0) return XtSocket(family, fd);
  const int error_number = errno;
  const Code code = kernel::code_of_errno(error_number);
  return tl::unexpected<Error>(Error{
      .code = code == Code::kSystem ? error_code(Doing::reading, error_number) : code,
      .message = "cannot open an " + std::string(family_name(family)) + " socket: " + strerrordesc_np(error_number),
      .errno_value = error_number});
}

XtSocket::~XtSocket() {
  if (fd_ >= 0) close(fd_);
}

XtSocket::XtSocket(XtSocket&& other) noexcept : family_(other.family_), fd_(std::exchange(other.fd_, -1)) {}

XtSocket& XtSocket::operator=(XtSocket&& other) noexcept {
  std::swap(family_, other.family_);
  std::swap(fd_, other.fd_);
  return *this;
}

int XtSocket::level() const { return family_ == Family::ipv4 ? static_cast<int>(IPPROTO_IP) : IPPROTO_IPV6; }

Result<TableInfo> XtSocket::get_info(TableId table) const {
  ipt_getinfo raw{};
  copy_name(table, raw.name);
  socklen_t size = sizeof raw;
  if (getsockopt(fd_, level(), IPT_SO_GET_INFO, &raw, &size) != 0) return failure(Doing::reading, table);
  TableInfo info{.valid_hooks = raw.valid_hooks, .entry_count = raw.num_entries, .size = raw.size};
  std::copy_n(raw.hook_entry, kHooks, info.hook_entry.begin());
  std::copy_n(raw.underflow, kHooks, info.underflow.begin());
  return info;
}

Result<TableBlob> XtSocket::get_entries(TableId table, const TableInfo& info) const {
  TableBlob blob(table, info);
  constexpr size_t kHeader = offsetof(ipt_get_entries, entrytable);
  std::byte* request = blob.header(kHeader);
  std::memset(request, 0, kHeader);
  const std::string_view name = table_name(table);
  std::memcpy(request, name.data(), name.size());
  std::memcpy(request + offsetof(ipt_get_entries, size), &info.size, sizeof info.size);
  auto size = static_cast<socklen_t>(kHeader + info.size);
  if (getsockopt(fd_, level(), IPT_SO_GET_ENTRIES, request, &size) != 0) return failure(Doing::reading, table);
  return blob;
}

Result<TableBlob> XtSocket::read_table(TableId table) const {
  Result<TableBlob> blob = fail(Code::kBusy, "");
  for (int attempt = 0; attempt < kReadAttempts; ++attempt) {
    const Result<TableInfo> info = get_info(table);
    if (!info) return tl::unexpected<Error>(info.error());
    blob = get_entries(table, *info);
    if (blob || blob.error().code != Code::kBusy) return blob;
  }
  blob.error().message = "the table kept changing while it was read";
  return blob;
}

Result<void> XtSocket::send_replace(const TableBlob& blob) const {
  const auto size = static_cast<socklen_t>(TableBlob::kRoom + blob.info().size);
  if (setsockopt(fd_, level(), IPT_SO_SET_REPLACE, blob.buffer_.get(), size) == 0) return {};
  return failure(Doing::committing, blob.table());
}

Result<std::vector<Counters>> XtSocket::replace(TableBlob& blob, uint32_t old_entry_count) const {
  std::vector<Counters> old_counters(old_entry_count);
  blob.write_replace_header(old_entry_count, old_counters.data());
  if (Result<void> sent = send_replace(blob); !sent) return tl::unexpected<Error>(std::move(sent.error()));
  return old_counters;
}

Result<void> XtSocket::replace(const Replacement& replacement) const { return send_replace(replacement.blob_); }

Result<void> XtSocket::add_counters(TableId table, std::span<const Counters> counters) const {
  constexpr size_t kHeader = offsetof(xt_counters_info, counters);
  std::vector<std::byte> request(kHeader + counters.size_bytes());
  const std::string_view name = table_name(table);
  const auto count = static_cast<uint32_t>(counters.size());
  std::memcpy(request.data(), name.data(), name.size());
  std::memcpy(request.data() + offsetof(xt_counters_info, num_counters), &count, sizeof count);
  if (count != 0) std::memcpy(request.data() + kHeader, counters.data(), counters.size_bytes());
  const auto size = static_cast<socklen_t>(request.size());
  if (setsockopt(fd_, level(), IPT_SO_SET_ADD_COUNTERS, request.data(), size) != 0) {
    return failure(Doing::committing, table);
  }
  return {};
}

// The kernel looks at rights first, at the size next, and only then for the table.
Result<void> XtSocket::check_rights() const {
  ipt_getinfo raw{};
  socklen_t size = 0;
  if (getsockopt(fd_, level(), IPT_SO_GET_INFO, &raw, &size) == 0 || errno != EPERM) return {};
  return tl::unexpected(
      kernel::system_error("Permission denied: CAP_NET_ADMIN is needed in the network namespace", EPERM));
}

RevisionAnswer XtSocket::match_revision(std::string_view name, uint8_t revision) const {
  return ask_revision(family_ == Family::ipv4 ? IPT_SO_GET_REVISION_MATCH : IP6T_SO_GET_REVISION_MATCH, name, revision);
}

RevisionAnswer XtSocket::target_revision(std::string_view name, uint8_t revision) const {
  return ask_revision(family_ == Family::ipv4 ? IPT_SO_GET_REVISION_TARGET : IP6T_SO_GET_REVISION_TARGET, name,
                      revision);
}

RevisionAnswer XtSocket::ask_revision(int option, std::string_view name, uint8_t revision) const {
  xt_get_revision request{};
  if (name.size() >= sizeof request.name) return RevisionAnswer::kUnknown;
  std::memcpy(request.name, name.data(), name.size());
  request.revision = revision;
  socklen_t size = sizeof request;
  if (getsockopt(fd_, level(), option, &request, &size) == 0) return RevisionAnswer::kSupported;
  if (errno == EPROTONOSUPPORT) return RevisionAnswer::kOtherRevision;
  if (errno == EPERM) return RevisionAnswer::kNotAllowed;
  return RevisionAnswer::kUnknown;
}

}  // namespace ferrule::legacy
