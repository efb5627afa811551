#include "support/peers.hpp"

#include <fcntl.h>
#include <nftables/libnftables.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <sstream>
#include <stdexcept>
#include <string_view>

#include "backend_nft/base_chains.hpp"
#include "support/contest.hpp"
#include "support/tools.hpp"

namespace ferrule::bench {
namespace {

// The real tool's translation, with the base chains that it takes for granted, and what it does not translate.
std::string translate(Family family, const std::string& rules) {
  const bool is_v4 = family == Family::ipv4;
  const std::string word = is_v4 ? "ip" : "ip6";
  std::string translated;
  must_run({is_v4 ? "iptables-restore-translate" : "ip6tables-restore-translate", "-f", "/dev/stdin"}, rules,
           &translated);
  std::string out;
  for (const TableId table : {TableId::mangle, TableId::nat, TableId::raw}) {
    const std::string name(table_name(table));
    out += "add table " + word + " " + name + "\n";
    for (const nft::BaseChain& chain : nft::base_chains(table)) {
      if (chain.hook != Hook::prerouting && chain.hook != Hook::output) continue;
      out += "add chain " + word + " " + name + " " + std::string(chain.name) + " { type " + std::string(chain.type) +
             " hook " + (chain.hook == Hook::output ? "output" : "prerouting") + " priority " +
             std::to_string(chain.priority) + "; }\n";
    }
  }
  std::istringstream lines(translated);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("# -t raw -A MESH_IN")) {
      line = "add rule " + word + " raw MESH_IN udp sport 53 mark and 0xff0 != 0x2a0 counter ct zone set 7";
    } else if (line.starts_with("# -t raw -A MESH_OUT")) {
      line = "add rule " + word + " raw MESH_OUT udp dport 53 mark and 0xff0 == 0x2a0 counter ct zone set 7";
    }
    if (!line.starts_with('#')) out += line + "\n";
  }
  return out;
}

}  // namespace

LibnftablesPeer::LibnftablesPeer(const PodRules& rules)
    : text_(translate(Family::ipv4, rules.ipv4) + translate(Family::ipv6, rules.ipv6)) {}

double LibnftablesPeer::run(const Namespace& target) const {
  int status = 0;
  const double time = microseconds([&] {
    const Inside inside(target);
    nft_ctx* context = nft_ctx_new(NFT_CTX_DEFAULT);
    nft_ctx_buffer_error(context);
    status = nft_run_cmd_from_buffer(context, text_.c_str());
    nft_ctx_free(context);
  });
  if (status != 0) throw std::runtime_error("libnftables refused its text");
  return time;
}

PythonPeer::PythonPeer() {
  std::array<int, 2> to{};
  std::array<int, 2> from{};
  if (pipe2(to.data(), O_CLOEXEC) != 0 || pipe2(from.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipes");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, to[0], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, from[1], STDOUT_FILENO);
  std::string python = "/usr/bin/python3";
  std::string program = FERRULE_SOURCE_DIR "/bench/peers/python_iptables.py";
  std::array<char*, 3> argv = {python.data(), program.data(), nullptr};
  const int error = posix_spawn(&child_, python.c_str(), &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(to[0]);
  close(from[1]);
  to_ = fdopen(to[1], "w");
  from_ = fdopen(from[0], "r");
  if (error != 0) throw std::runtime_error("cannot start " + python);
}

PythonPeer::~PythonPeer() {
  std::fclose(to_);
  std::fclose(from_);
  waitpid(child_, nullptr, 0);
}

double PythonPeer::run(const Namespace& target) const {
  std::fprintf(to_, "%d %d\n", static_cast<int>(getpid()), target.fd());
  std::fflush(to_);
  std::array<char, 64> line{};
  if (std::fgets(line.data(), static_cast<int>(line.size()), from_) == nullptr) {
    throw std::runtime_error("python3-iptables failed");
  }
  return std::strtod(line.data(), nullptr);
}

}  // namespace ferrule::bench
