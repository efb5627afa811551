#include "support/pods.hpp"

#include <algorithm>
#include <iterator>
#include <sstream>
#include <stdexcept>
#include <utility>
#include <vector>

#include "backend_nft/prebuilt.hpp"
#include "ferrule/text.hpp"
#include "support/contest.hpp"

namespace ferrule::bench {
namespace {

constexpr const char* kRulesFolder = FERRULE_SOURCE_DIR "/examples/rules/";

Plan compile(const Engine& engine, const Context& context, const Transaction& transaction) {
  Plan plan = must(engine.compile(context, transaction));
  if (!plan.is_prebuilt()) throw std::runtime_error("the plan holds nothing: " + plan.dump());
  return plan;
}

Context context_with(const ToolDirectory& tools) {
  Context context = Context::agent_in_pod(NetNs::current());
  context.search_path = {tools.path()};
  return context;
}

}  // namespace

PodRules PodRules::example(const std::string& name) {
  PodRules out{.ipv4 = read_file(kRulesFolder + name + ".v4.rules"),
               .ipv6 = read_file(kRulesFolder + name + ".v6.rules"),
               .teardown_ipv4 = {},
               .teardown_ipv6 = {}};
  out.teardown_ipv4 = undo_text(out.ipv4);
  out.teardown_ipv6 = undo_text(out.ipv6);
  return out;
}

std::string undo_text(const std::string& rules) {
  std::string out;
  std::string deletes;
  std::vector<std::string> chains;
  std::istringstream lines(rules);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string verb;
    std::string chain;
    words >> verb >> chain;
    if (line.starts_with('*')) {
      out += line + "\n";
    } else if (verb == "-N") {
      chains.push_back(chain);
    } else if (verb == "COMMIT") {
      out += deletes;
      for (const std::string& each : chains) out += "-F " + each + "\n";
      for (const std::string& each : chains) out += "-X " + each + "\n";
      out += "COMMIT\n";
      deletes.clear();
      chains.clear();
    } else if ((verb == "-A" || verb == "-I") && std::ranges::find(chains, chain) == chains.end()) {
      std::string rest;
      std::getline(words, rest);
      if (verb == "-I") rest.erase(0, rest.find_first_of('-'));
      deletes += "-D " + chain + " " + rest + "\n";
    }
  }
  return out;
}

Transaction parse_both(const std::string& ipv4, const std::string& ipv6, Existing existing) {
  Transaction out = must(parse_restore(Family::ipv4, ipv4, {.existing = existing}));
  Transaction other = must(parse_restore(Family::ipv6, ipv6, {.existing = existing}));
  std::move(other.changes.begin(), other.changes.end(), std::back_inserter(out.changes));
  return out;
}

Pods::Pods(BackendKind backend, PodRules rules)
    : backend_(backend),
      rules_(std::move(rules)),
      tools_(std::string(backend_name(backend))),
      transaction_(parse_both(rules_.ipv4, rules_.ipv6)),
      given_({.forced_backend = backend}),
      plan_(compile(engine_, context_with(tools_), transaction_)),
      plan_of_given_(compile(given_, context_with(tools_), transaction_)) {
  if (is_nft()) {
    nft_floor_ = std::make_unique<NftFloor>(nft::prebuild(transaction_).value());
  } else {
    legacy_floor_ = std::make_unique<LegacyFloor>(legacy::prebuild(transaction_).value(), LegacyFloor::Way::kForward);
  }
}

Context Pods::context(const Namespace& target) const {
  Context context = context_with(tools_);
  context.netns = NetNs::fd(target.fd());
  return context;
}

double Pods::floor(const Namespace& target) const {
  return is_nft() ? nft_floor_->run(target, NftFloor::Closing::kMeasured) : legacy_floor_->run(target);
}

double Pods::plan(const Namespace& target) const {
  const NetNs netns = NetNs::fd(target.fd());
  Result<Report> report = fail(Code::kSystem, "");
  const double time = microseconds([&] { report = plan_.apply(netns); });
  const Report done = must(std::move(report));
  if (!done.prebuilt || done.families.front().backend != backend_) throw std::runtime_error("not as planned");
  return time;
}

double Pods::plan_of_given_backend(const Namespace& target) const {
  const NetNs netns = NetNs::fd(target.fd());
  Result<Report> report = fail(Code::kSystem, "");
  const double time = microseconds([&] { report = plan_of_given_.apply(netns); });
  if (!must(std::move(report)).prebuilt) throw std::runtime_error("not as planned");
  return time;
}

double Pods::text(const Namespace& target) const {
  const Context where = context(target);
  Result<Report> report = fail(Code::kSystem, "");
  const double time = microseconds([&] { report = engine_.apply(where, parse_both(rules_.ipv4, rules_.ipv6)); });
  if (must(std::move(report)).families.front().backend != backend_) throw std::runtime_error("not as planned");
  return time;
}

std::string Pods::tool(Family family, const char* verb) const {
  return std::string(family == Family::ipv4 ? "iptables-" : "ip6tables-") + std::string(backend_name(backend_)) + verb;
}

double Pods::agent(const Namespace& target) const {
  const Inside inside(target);
  return microseconds([&] {
    must_run({tool(Family::ipv4, "-save")});
    must_run({tool(Family::ipv6, "-save")});
    must_run({tool(Family::ipv4, "-restore"), "--noflush"}, rules_.ipv4);
    must_run({tool(Family::ipv6, "-restore"), "--noflush"}, rules_.ipv6);
  });
}

double Pods::plugin_detects(const Namespace& target) const {
  const Inside inside(target);
  return microseconds([&] {
    for (const char* family : {"iptables", "ip6tables"}) {
      for (const char* candidate : {"-legacy", "-nft"}) {
        const std::string plain = std::string(family) + candidate;
        must_run({plain + "-save"});
        must_run({plain, "--version"});
        must_run({plain, "-t", "mangle", "-A", "PREROUTING", "-j", "ACCEPT"});
        must_run({plain, "-t", "mangle", "-D", "PREROUTING", "-j", "ACCEPT"});
      }
    }
  });
}

double Pods::plugin(const Namespace& target) const {
  double time = plugin_detects(target);
  time += agent(target);
  const Inside inside(target);
  return time + microseconds([&] {
           must_run({tool(Family::ipv4, "-save")});
           must_run({tool(Family::ipv6, "-save")});
         });
}

}  // namespace ferrule::bench
