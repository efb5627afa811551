// What was built is hardened: reads the ELF files of the shared library and of the command. See cmake/options.cmake.
#include <elf.h>
#include <gtest/gtest.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace ferrule {
namespace {

class ElfFile {
 public:
  explicit ElfFile(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::error_code missing;
    const auto size = std::filesystem::file_size(path, missing);
    if (missing) return;
    bytes_.resize(size);
    file.read(bytes_.data(), static_cast<std::streamsize>(size));
  }
  bool is_whole() const {
    return bytes_.size() > sizeof(Elf64_Ehdr) && std::memcmp(bytes_.data(), ELFMAG, SELFMAG) == 0;
  }
  const Elf64_Ehdr& header() const { return *at<Elf64_Ehdr>(0); }
  std::span<const Elf64_Phdr> segments() const { return {at<Elf64_Phdr>(header().e_phoff), header().e_phnum}; }
  std::span<const Elf64_Shdr> sections() const { return {at<Elf64_Shdr>(header().e_shoff), header().e_shnum}; }

  const Elf64_Phdr* segment(uint32_t type) const {
    for (const Elf64_Phdr& each : segments()) {
      if (each.p_type == type) return &each;
    }
    return nullptr;
  }
  // The value of a dynamic entry; 0 where there is none.
  uint64_t dynamic(int64_t tag) const {
    const Elf64_Phdr* found = segment(PT_DYNAMIC);
    if (found == nullptr) return 0;
    for (const auto* entry = at<Elf64_Dyn>(found->p_offset); entry->d_tag != DT_NULL; ++entry) {
      if (entry->d_tag == tag) return entry->d_un.d_val;
    }
    return 0;
  }
  // Of the dynamic symbol table.
  const Elf64_Sym* symbol(std::string_view name) const {
    for (const Elf64_Shdr& section : sections()) {
      if (section.sh_type != SHT_DYNSYM) continue;
      const char* names = at<char>(sections()[section.sh_link].sh_offset);
      for (const Elf64_Sym& each : std::span(at<Elf64_Sym>(section.sh_offset), section.sh_size / sizeof(Elf64_Sym))) {
        if (name == names + each.st_name) return &each;
      }
    }
    return nullptr;
  }
  // What stands at an address of the loaded file.
  const unsigned char* code(uint64_t address) const {
    for (const Elf64_Phdr& each : segments()) {
      if (each.p_type != PT_LOAD || address < each.p_vaddr || address >= each.p_vaddr + each.p_filesz) continue;
      return at<unsigned char>(each.p_offset + (address - each.p_vaddr));
    }
    return nullptr;
  }

 private:
  template <typename T>
  const T* at(uint64_t offset) const {
    return reinterpret_cast<const T*>(bytes_.data() + offset);
  }
  std::vector<char> bytes_;
};

class Hardening : public testing::TestWithParam<const char*> {};

INSTANTIATE_TEST_SUITE_P(Built, Hardening, testing::Values(FERRULE_COMMAND, FERRULE_SHARED_LIBRARY),
                         [](const auto& tested) { return tested.index == 0 ? "command" : "library"; });

TEST_P(Hardening, CanBeLoadedAnywhere) {
  const ElfFile file(GetParam());
  ASSERT_TRUE(file.is_whole()) << GetParam();
  EXPECT_EQ(file.header().e_type, ET_DYN);
  EXPECT_EQ(file.dynamic(DT_TEXTREL), 0U) << "the code is relocated, and so it is writable for a while";
}

TEST_P(Hardening, WhatTheLoaderWroteIsReadOnlyAfterwards) {
  const ElfFile file(GetParam());
  EXPECT_NE(file.segment(PT_GNU_RELRO), nullptr);
  EXPECT_NE(file.dynamic(DT_FLAGS_1) & DF_1_NOW, 0U) << "functions are bound lazily";
}

TEST_P(Hardening, NoMemoryIsWritableAndExecutable) {
  const ElfFile file(GetParam());
  const Elf64_Phdr* stack = file.segment(PT_GNU_STACK);
  ASSERT_NE(stack, nullptr);
  EXPECT_EQ(stack->p_flags & PF_X, 0U);
  for (const Elf64_Phdr& segment : file.segments()) {
    EXPECT_FALSE(segment.p_type == PT_LOAD && (segment.p_flags & (PF_W | PF_X)) == (PF_W | PF_X));
  }
}

TEST_P(Hardening, BuffersOnTheStackAreWatched) { EXPECT_NE(ElfFile(GetParam()).symbol("__stack_chk_fail"), nullptr); }

TEST_P(Hardening, IndexesIntoContainersAreChecked) {
  EXPECT_NE(ElfFile(GetParam()).symbol("_ZSt21__glibcxx_assert_failPKciS0_S0_"), nullptr);
}

#ifdef FERRULE_OPTIMIZED
// Without optimization the compiler does not replace them.
TEST_P(Hardening, CopiesIntoBuffersAreChecked) {
  const ElfFile file(GetParam());
  EXPECT_TRUE(file.symbol("__memcpy_chk") != nullptr || file.symbol("__read_chk") != nullptr ||
              file.symbol("__snprintf_chk") != nullptr || file.symbol("__memset_chk") != nullptr);
}
#endif

#ifdef __x86_64__
TEST(HardeningOfTheLibrary, IndirectBranchesLandOnMarks) {
  const ElfFile file(FERRULE_SHARED_LIBRARY);
  const Elf64_Sym* function = file.symbol("ferrule_version");
  ASSERT_NE(function, nullptr);
  const unsigned char* code = file.code(function->st_value);
  ASSERT_NE(code, nullptr);
  constexpr unsigned char kEndbr64[] = {0xf3, 0x0f, 0x1e, 0xfa};
  EXPECT_EQ(std::memcmp(code, kEndbr64, sizeof kEndbr64), 0);
}
#endif

}  // namespace
}  // namespace ferrule
