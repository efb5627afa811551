#include "backend_legacy/errors.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string_view>

namespace ferrule::legacy {
namespace {

struct Row {
  std::optional<Doing> doing;  // absent: whatever was being done
  int error_number;
  std::string_view text;
};

// The first row that fits is taken.
constexpr std::array kTexts = {
    Row{{}, EPERM, "Permission denied: CAP_NET_ADMIN is needed in the network namespace"},
    Row{Doing::opening, ENOENT, "Table does not exist (do you need to insmod?)"},
    Row{Doing::opening, EINVAL, "Module is wrong version"},
    Row{Doing::reading, ENOENT, "Table does not exist (do you need to insmod?)"},
    Row{Doing::finding_rule, ENOENT, "Bad rule (does a matching rule exist in that chain?)"},
    Row{Doing::inserting, E2BIG, "Index of insertion too big"},
    Row{Doing::replacing, E2BIG, "Index of replacement too big"},
    Row{Doing::deleting_number, E2BIG, "Index of deletion too big"},
    Row{Doing::zeroing, E2BIG, "Index of counter too big"},
    Row{Doing::creating_chain, EEXIST, "Chain already exists"},
    Row{Doing::setting_policy, ENOENT, "Bad built-in chain name"},
    Row{{}, ENOENT, "No chain/target/match by that name"},
    Row{Doing::committing, EOVERFLOW, "The table would be larger than the kernel can hold (2 GiB)"},
    Row{{}, ENOMEM, "Memory allocation problem"},
    Row{{}, ENOPROTOOPT, "iptables who? (do you need to insmod?)"},
};

}  // namespace

Code error_code(Doing doing, int error_number) {
  switch (error_number) {
    case EPERM:
    case EACCES:
      return Code::kPermission;
    case EAGAIN:
      return Code::kBusy;
    case ENOPROTOOPT:
    case EAFNOSUPPORT:
    case EPROTONOSUPPORT:
      return Code::kUnsupported;
    case EEXIST:
      return Code::kExists;
    case ENOTEMPTY:
    case EMLINK:
      return Code::kInUse;
    case E2BIG:
    case ENOENT:
      return doing == Doing::committing ? Code::kRefused : Code::kNotFound;
    case EINVAL:
    case ELOOP:
      return Code::kRefused;
    default:
      return doing == Doing::committing ? Code::kRefused : Code::kSystem;
  }
}

std::string error_text(Doing doing, int error_number) {
  for (const Row& row : kTexts) {
    if (row.error_number == error_number && (!row.doing || *row.doing == doing)) return std::string(row.text);
  }
  // Not strerror: its text depends on the locale, and programs match on this one.
  const char* known = strerrordesc_np(error_number);
  return known != nullptr ? known : "Unknown error " + std::to_string(error_number);
}

Error make_error(Doing doing, int error_number, TableId table, std::string chain) {
  return {.code = error_code(doing, error_number),
          .message = error_text(doing, error_number),
          .errno_value = error_number,
          .table = std::string(table_name(table)),
          .chain = std::move(chain)};
}

}  // namespace ferrule::legacy
