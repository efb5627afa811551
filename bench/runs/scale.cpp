// Large tables, as kube-proxy makes them: whole commands against whole commands, with their peak memory, and inside of
// this process against the floor.
#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <stdexcept>

#include "backend_legacy/sockopt.hpp"
#include "backend_nft/kernel_reader.hpp"
#include "backend_nft/messages.hpp"
#include "backend_nft/prebuilt.hpp"
#include "ferrule/text.hpp"
#include "runs/runs.hpp"
#include "support/contest.hpp"
#include "support/kube_rules.hpp"
#include "support/pods.hpp"

namespace ferrule::bench {
namespace {

// ferrule under the names of iptables.
class Links {
 public:
  Links() : directory_("nft") {
    for (const char* backend : {"legacy", "nft"}) {
      for (const char* verb : {"", "-save", "-restore"}) {
        std::filesystem::create_symlink(FERRULE_COMMAND,
                                        directory_.path() + "/iptables-" + std::string(backend) + verb);
      }
    }
  }
  const std::string& path() const { return directory_.path(); }

 private:
  ToolDirectory directory_;
};

struct Measured {
  std::vector<double> times = {};
  long peak_kib = 0;
};
// By operation, then by who did it.
using Measurements = std::map<std::string, std::map<std::string, Measured>>;

void note(Measurements& all, const std::string& operation, const std::string& who, const Spawned& done) {
  Measured& measured = all[operation][who];
  measured.times.push_back(done.microseconds);
  measured.peak_kib = std::max(measured.peak_kib, done.peak_kib);
}

// What each operation is, for one size.
struct Work {
  std::string rules;
  std::vector<std::string> check;
  std::vector<std::string> append;
  std::string replace_chain;

  explicit Work(size_t size) : rules(kube_rules(size)) {
    const size_t service = size / 26;
    append = {"-t",      "nat",       "-A",    "KUBE-SERVICES", "-p",   "tcp", "-m",
              "comment", "--comment", "bench", "--dport",       "8443", "-j",  "ACCEPT"};
    check = append;
    check[2] = "-C";
    replace_chain = "*nat\n:" + service_chain(service) + " - [0:0]\n" + service_chain_rules(service) + "COMMIT\n";
  }
};

std::vector<std::string> with(std::string program, const std::vector<std::string>& words) {
  std::vector<std::string> out = {std::move(program)};
  out.insert(out.end(), words.begin(), words.end());
  return out;
}

void measure_commands(const std::string& prefix, const std::string& who, const Work& work, const Namespace& target,
                      Measurements& all) {
  const Inside inside(target);
  note(all, "restore", who, must_run_for_peak({prefix + "-restore"}, work.rules));
  note(all, "save", who, must_run_for_peak({prefix + "-save", "-t", "nat"}));
  note(all, "append one", who, must_run_for_peak(with(prefix, work.append)));
  note(all, "check one", who, must_run_for_peak(with(prefix, work.check)));
  note(all, "replace one chain", who, must_run_for_peak({prefix + "-restore", "--noflush"}, work.replace_chain));
}

Spawned timed(const std::function<void()>& action) {
  return {.exit_status = 0, .microseconds = microseconds(action), .peak_kib = 0};
}

void measure_in_process(BackendKind backend, const Work& work, const Namespace& target, Measurements& all) {
  const Engine engine({.forced_backend = backend});
  Context context = Context::agent_in_pod(NetNs::fd(target.fd()));
  note(all, "restore", "in process",
       timed([&] { must(engine.apply(context, must(parse_restore(Family::ipv4, work.rules)))); }));
  note(all, "save", "in process",
       timed([&] { (void)to_save_text(must(engine.snapshot(context, Family::ipv4, TableId::nat))); }));
  std::vector<std::string_view> words(work.append.begin(), work.append.end());
  note(all, "append one", "in process",
       timed([&] { must(engine.apply(context, must(parse_command(Family::ipv4, words)))); }));
}

// Reading the table, writing it again and giving it its counters back is what one rule more costs at least.
double legacy_append_floor(const Namespace& target) {
  const Inside inside(target);
  const legacy::XtSocket socket = must(legacy::XtSocket::open(Family::ipv4));
  return microseconds([&] {
    legacy::TableBlob table = must(socket.read_table(TableId::nat));
    const std::vector<Counters> counters = must(socket.replace(table, table.info().entry_count));
    must(socket.add_counters(TableId::nat, counters));
  });
}

double nft_append_floor(const Namespace& target, const Work& work) {
  const std::vector<std::string_view> words(work.append.begin(), work.append.end());
  const Transaction one = must(parse_command(Family::ipv4, words));
  const Inside inside(target);
  netlink::Socket socket = must(netlink::Socket::open());
  nft::Batch batch(must(nft::read_generation(socket)), socket.next_sequence());
  const Operation& append = one.changes.front().operations.front();
  must(nft::put_rule(batch, {Family::ipv4, TableId::nat}, append.chain.view(), *append.rule, {}, 0, {}).map([](auto) {
    return 0;
  }));
  batch.finish(nft::Batch::Ending::kCommit);
  return NftFloor(batch).run(target, NftFloor::Closing::kMeasured);
}

void measure_floor(BackendKind backend, const Work& work, const Namespace& target, Measurements& all) {
  const Transaction rules = must(parse_restore(Family::ipv4, work.rules));
  const auto noted = [&](const char* operation, double time) {
    note(all, operation, "floor", {.exit_status = 0, .microseconds = time, .peak_kib = 0});
  };
  if (backend == BackendKind::nft) {
    noted("restore", NftFloor(nft::prebuild(rules).value()).run(target, NftFloor::Closing::kMeasured));
    noted("append one", nft_append_floor(target, work));
  } else {
    const LegacyFloor floor(legacy::prebuild(rules).value(), LegacyFloor::Way::kForward);
    noted("restore", floor.run(target));
    noted("append one", legacy_append_floor(target));
  }
}

nlohmann::ordered_json report(const std::string& backend, size_t size, const Measurements& all) {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  fmt::print("\n{} rules, {}\n  {:<18} {:<12} {:>11} {:>11} {:>9} {:>9}\n", size, backend, "", "", "median ms",
             "peak MiB", "× tool", "× floor");
  for (const auto& [operation, by_whom] : all) {
    const auto median = [&](const std::string& who) {
      const auto found = by_whom.find(who);
      return found == by_whom.end() ? 0.0 : statistics(found->second.times).median;
    };
    for (const auto& [who, measured] : by_whom) {
      const double time = median(who);
      const auto ratio = [&](double other) {
        return other > 0 ? fmt::format("{:.3g}", time / other) : std::string("-");
      };
      fmt::print("  {:<18} {:<12} {:>11.2f} {:>11.1f} {:>9} {:>9}\n", operation, who, time / 1000,
                 static_cast<double>(measured.peak_kib) / 1024, ratio(median("tool")), ratio(median("floor")));
      nlohmann::ordered_json row = {{"name", operation + ", " + who},
                                    {"n", measured.times.size()},
                                    {"median_us", time},
                                    {"peak_kib", measured.peak_kib}};
      if (median("tool") > 0) row["over_tool"] = time / median("tool");
      if (median("floor") > 0) row["over_floor"] = time / median("floor");
      rows.push_back(std::move(row));
    }
  }
  return {{"title", fmt::format("{} rules, {}", size, backend)}, {"rows", std::move(rows)}};
}

size_t rounds_for(size_t size) { return size <= 1000 ? 9 : size <= 10'000 ? 5 : size <= 50'000 ? 3 : 1; }

}  // namespace

nlohmann::ordered_json run_scale(const Settings& settings) {
  const Links links;
  nlohmann::ordered_json out = nlohmann::ordered_json::array();
  for (const size_t size : {size_t{1000}, size_t{10'000}, size_t{50'000}, size_t{200'000}}) {
    if (settings.quick && size > 10'000) break;
    const Work work(size);
    for (const BackendKind backend : {BackendKind::legacy, BackendKind::nft}) {
      const std::string name(backend_name(backend));
      Measurements all;
      for (size_t round = 0; round < rounds_for(size); ++round) {
        NamespacePool pool;
        pool.refill(4);
        measure_commands("/usr/sbin/iptables-" + name, "tool", work, pool.take(), all);
        measure_commands(links.path() + "/iptables-" + name, "ferrule", work, pool.take(), all);
        measure_in_process(backend, work, pool.take(), all);
        measure_floor(backend, work, pool.take(), all);
      }
      out.push_back(report(name, size, all));
    }
  }
  return out;
}

}  // namespace ferrule::bench
