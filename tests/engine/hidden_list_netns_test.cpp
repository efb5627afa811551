// Covers src/engine/choice.cpp where the list of legacy tables cannot be read although the caller may administer the
// namespace: one that an ordinary user made together with its user namespace, as `unshare -Urn` does.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <unistd.h>

#include "ferrule/engine.hpp"
#include "ferrule/text.hpp"
#include "support/child_process.hpp"
#include "support/users.hpp"

namespace ferrule {
namespace {

constexpr unsigned kNobody = 65534;

void write_file(const char* path, const std::string& text) {
  const int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return;
  (void)!write(fd, text.data(), text.size());
  close(fd);
}

// Root becomes nobody first, where there is one: under `unshare -Ur` root is an ordinary user already.
std::string as_ordinary_user_in_new_namespaces(const std::function<std::string()>& action) {
  return test::ask_child([&]() -> std::string {
    if (test::other_users_exist() && geteuid() == 0 && (setgid(kNobody) != 0 || setuid(kNobody) != 0)) {
      return "cannot become nobody";
    }
    const std::string uid = std::to_string(geteuid());
    const std::string gid = std::to_string(getegid());
    if (unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) return "cannot make namespaces";
    write_file("/proc/thread-self/setgroups", "deny");
    write_file("/proc/thread-self/uid_map", "0 " + uid + " 1");
    write_file("/proc/thread-self/gid_map", "0 " + gid + " 1");
    return action();
  });
}

std::string apply_and_save(BackendKind backend, std::optional<BackendKind> forced) {
  const auto change = parse_restore(Family::ipv4, "*filter\n-A INPUT -p tcp --dport 22 -j ACCEPT\nCOMMIT\n",
                                    {.existing = Existing::kKeep});
  if (!change) return to_string(change.error());
  const Engine engine({.forced_backend = forced});
  // The host's lock file is not for ordinary users.
  Context context;
  context.lock.scope = LockScope::kNamespace;
  const auto report = engine.apply(context, *change);
  if (!report) return to_string(report.error());
  if (report->families.at(0).backend != backend || !report->families.at(0).native) return "another backend";
  return "done";
}

TEST(HiddenList, OrdinaryUsersApplyNatively) {
  EXPECT_EQ(as_ordinary_user_in_new_namespaces([] {
              Context context;
              context.search_path = {};
              const auto inspection = Engine().inspect(context);
              return std::string(inspection && !inspection->facts.ipv4.legacy.tables_known ? "hidden" : "readable");
            }),
            "hidden");
  EXPECT_EQ(as_ordinary_user_in_new_namespaces([] { return apply_and_save(BackendKind::nft, {}); }), "done");
  EXPECT_EQ(as_ordinary_user_in_new_namespaces([] { return apply_and_save(BackendKind::legacy, BackendKind::legacy); }),
            "done");
}

}  // namespace
}  // namespace ferrule
