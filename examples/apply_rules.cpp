// The library in one page: which backend does a pod use, apply rules to it, print what is there.
//
//   apply_rules NETNS FILE      e.g. apply_rules pod1 examples/rules/ambient.v4.rules
#include <ferrule/engine.hpp>
#include <ferrule/text.hpp>
#include <fstream>
#include <iostream>
#include <sstream>

namespace {

ferrule::Result<void> run(const char* netns, const char* file) {
  std::ostringstream text;
  text << std::ifstream(file).rdbuf();

  const auto pod = ferrule::NetNs::parse(netns);
  if (!pod) return tl::unexpected(pod.error());
  const ferrule::Context context = ferrule::Context::agent_in_pod(*pod);
  const ferrule::Engine engine;

  // Looking changes nothing.
  const auto seen = engine.inspect(context);
  if (!seen) return tl::unexpected(seen.error());
  const ferrule::FamilyVerdict& verdict = seen->verdicts.ipv4;
  std::cout << "backend: " << ferrule::verdict_name(verdict) << ", because " << verdict.reason << "\n";

  // A transaction is a value: it is read, and can be inspected, without a kernel.
  const auto change =
      ferrule::parse_restore(ferrule::Family::ipv4, text.str(), {.file = file, .existing = ferrule::Existing::kKeep});
  if (!change) return tl::unexpected(change.error());
  const auto report = engine.apply(context, *change);
  if (!report) return tl::unexpected(report.error());
  std::cout << "applied " << report->rules << " rules to " << report->tables << " tables\n";

  const auto rules = engine.snapshot(context, ferrule::Family::ipv4);
  if (!rules) return tl::unexpected(rules.error());
  std::cout << ferrule::to_save_text(*rules);
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: apply_rules NETNS FILE\n";
    return 2;
  }
  const auto done = run(argv[1], argv[2]);
  if (!done) std::cerr << ferrule::to_string(done.error()) << "\n";
  return done ? 0 : 1;
}
