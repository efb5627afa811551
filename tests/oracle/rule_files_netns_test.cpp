// Whole rule files as meshes apply them, with --noflush: the project's own examples, and those of others where they are
// present beside the project (../shared/rules).
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <ostream>
#include <sstream>

#include "oracle/tools.hpp"
#include "support/users.hpp"

namespace ferrule::test {
namespace {

struct RuleFile {
  std::filesystem::path path;
  Flavour flavour;

  Target target() const { return {path.stem().extension() == ".v4" ? Family::ipv4 : Family::ipv6, flavour}; }
};

void PrintTo(const RuleFile& file, std::ostream* out) { *out << file.path << " " << flavour_name(file.flavour); }

std::vector<RuleFile> all_rule_files() {
  std::vector<RuleFile> files;
  for (const char* folder : {FERRULE_SOURCE_DIR "/examples/rules", FERRULE_SOURCE_DIR "/../shared/rules/istio"}) {
    if (!std::filesystem::is_directory(folder)) continue;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      if (entry.path().extension() != ".rules") continue;
      files.push_back({entry.path(), Flavour::legacy});
      files.push_back({entry.path(), Flavour::nft});
    }
  }
  return files;
}

std::string file_name(const ::testing::TestParamInfo<RuleFile>& info) {
  const std::filesystem::path& path = info.param.path;
  std::string name = path.parent_path().filename().string() + "_" + path.stem().string() + "_" +
                     std::string(flavour_name(info.param.flavour));
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
}

std::string content(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return with_existing_users(text.str());
}

// The sets that the rules of hosts name.
void make_sets(const FreshNetns& netns) {
  for (const std::string set : {"istio-inpod-probes", "mesh-pods"}) {
    netns.must("ipset create " + set + "-v4 hash:ip");
    netns.must("ipset create " + set + "-v6 hash:ip family inet6");
  }
}

class RuleFiles : public ::testing::TestWithParam<RuleFile> {
 protected:
  RuleFiles() {
    make_sets(theirs_);
    make_sets(ours_);
  }

  void apply_both(const std::vector<std::string>& options) const {
    const std::string text = content(GetParam().path);
    const Completed real = real_restore(theirs_, GetParam().target(), text, options);
    ASSERT_TRUE(real.ok()) << real.err;
    const Completed our = our_apply(ours_, GetParam().target(), text, options);
    ASSERT_TRUE(our.ok()) << our.err;
  }

  FreshNetns theirs_;
  FreshNetns ours_;
};

TEST_P(RuleFiles, LeaveTheSameBytesAndText) {
  apply_both({"--noflush"});
  EXPECT_EQ(difference_between(theirs_, ours_, GetParam().target()), "");
}

// Nothing but the tables of the file may come into being, neither here nor in the other kernel interface.
TEST_P(RuleFiles, TouchOnlyTheirOwnTables) {
  apply_both({"--noflush"});
  for (const Target target : kTargets) {
    EXPECT_EQ(first_difference(kernel_state(theirs_, target), kernel_state(ours_, target)), "") << target_name(target);
  }
}

// Replacing what is there already, as a restarted agent does.
TEST_P(RuleFiles, ReplaceThemselves) {
  apply_both({});
  apply_both({});
  EXPECT_EQ(difference_between(theirs_, ours_, GetParam().target()), "");
}

// The text that comes out goes in again and means the same, on either side.
TEST_P(RuleFiles, SavedTextRestoresToTheSame) {
  apply_both({});
  const Target target = GetParam().target();
  const std::string saved = our_save(ours_, target);
  const FreshNetns theirs_again;
  const FreshNetns ours_again;
  make_sets(theirs_again);
  make_sets(ours_again);
  const Completed real = real_restore(theirs_again, target, saved);
  ASSERT_TRUE(real.ok()) << real.err;
  const Completed our = our_apply(ours_again, target, saved);
  ASSERT_TRUE(our.ok()) << our.err;
  EXPECT_EQ(difference_between(theirs_again, ours_again, target), "");
}

INSTANTIATE_TEST_SUITE_P(All, RuleFiles, ::testing::ValuesIn(all_rule_files()), file_name);

}  // namespace
}  // namespace ferrule::test
