#include "backend_legacy/check.hpp"

#include <algorithm>
#include <cerrno>
#include <set>
#include <string>
#include <utility>

#include "backend_legacy/memory_table.hpp"
#include "backend_legacy/sockopt.hpp"
#include "backend_legacy/table_changes.hpp"
#include "backend_legacy/table_names.hpp"
#include "model/entry.hpp"

namespace ferrule::legacy {
namespace {

// ExtensionCheck: whether the kernel has the matches and targets of rules. Asks about each once.
class ExtensionCheck {
 public:
  explicit ExtensionCheck(const XtSocket& socket) : socket_(socket) {}

  Result<void> check(const Rule& rule) {
    for (const model::Part part : model::matches(rule)) {
      if (!known(matches_, part, &XtSocket::match_revision)) return missing("match", part);
    }
    if (rule.target_kind() != TargetKind::extension) return {};
    const model::Part target = model::target(rule);
    if (!known(targets_, target, &XtSocket::target_revision)) return missing("target", target);
    return {};
  }

 private:
  using Known = std::set<std::pair<std::string, uint8_t>>;
  using Question = RevisionAnswer (XtSocket::*)(std::string_view, uint8_t) const;

  bool known(Known& known, const model::Part& part, Question question) const {
    std::pair<std::string, uint8_t> key(part.name, part.revision);
    if (known.contains(key)) return true;
    const RevisionAnswer answer = (socket_.*question)(part.name, part.revision);
    if (answer == RevisionAnswer::kUnknown || answer == RevisionAnswer::kOtherRevision) return false;
    known.insert(std::move(key));
    return true;
  }

  static tl::unexpected<Error> missing(std::string_view what, const model::Part& part) {
    Error error{.code = Code::kRefused,
                .message = "this kernel does not have " + std::string(what) + " " + std::string(part.name) +
                           " revision " + std::to_string(part.revision),
                .errno_value = ENOENT};
    return tl::unexpected<Error>(std::move(error));
  }

  const XtSocket& socket_;
  Known matches_;
  Known targets_;
};

Result<void> check_extensions(const TableChanges& changes) {
  const Result<XtSocket> socket = XtSocket::open(changes.family);
  if (!socket) return tl::unexpected<Error>(socket.error());
  ExtensionCheck extensions(*socket);
  for (const TableChange& change : changes.changes) {
    for (const Operation& op : change.operations) {
      if (!op.rule || op.kind == Operation::Kind::check || op.kind == Operation::Kind::delete_rule) continue;
      Result<void> checked = extensions.check(*op.rule);
      if (checked) continue;
      checked.error().origin.file = change.file;
      checked.error().origin.line = op.line;
      checked.error().table = table_name(changes.table);
      checked.error().chain = op.chain.view();
      return checked;
    }
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<EditableTable>> copy_table(Family family, TableId table) {
  const Result<std::vector<TableId>> names = instantiated_tables(family);
  if (!names) return tl::unexpected<Error>(names.error());
  if (std::ranges::find(*names, table) == names->end()) return std::make_unique<MemoryTable>(table);
  const Result<XtSocket> socket = XtSocket::open(family);
  if (!socket) return tl::unexpected<Error>(socket.error());
  Result<TableBlob> blob = socket->read_table(table);
  if (!blob) return tl::unexpected<Error>(std::move(blob.error()));
  Result<BlobLayout> layout = BlobLayout::of(family, *std::move(blob));
  if (!layout) return tl::unexpected<Error>(std::move(layout.error()));
  return std::make_unique<MemoryTable>(*std::move(layout));
}

Result<void> check_transaction(const Transaction& transaction) {
  SetNames sets;
  for (const TableChanges& changes : group_by_table(transaction)) {
    const Result<std::unique_ptr<EditableTable>> copy = copy_table(changes.family, changes.table);
    if (!copy) return tl::unexpected<Error>(copy.error());
    const Result<Edited> edited = apply_changes(changes, **copy, sets);
    if (!edited) return tl::unexpected<Error>(edited.error());
    if (Result<void> checked = check_extensions(changes); !checked) return checked;
  }
  return {};
}

}  // namespace ferrule::legacy
