#include "general_help.hpp"

#include "say.hpp"

namespace ferrule::cli {
namespace {

constexpr std::string_view kBody = R"(
Commands:
  -A, --append CHAIN            add a rule at the end of a chain
  -C, --check CHAIN             tell whether a chain has such a rule
  -D, --delete CHAIN [NUMBER]   delete the first such rule, or the one of that number
  -I, --insert CHAIN [NUMBER]   add a rule before the one of that number (default: the first)
  -R, --replace CHAIN NUMBER    put a rule in the place of another
  -L, --list [CHAIN [NUMBER]]   list rules in columns
  -S, --list-rules [CHAIN [NUMBER]]  list rules as the commands that make them
  -F, --flush [CHAIN]           delete all rules
  -Z, --zero [CHAIN [NUMBER]]   set counters to zero
  -N, --new-chain CHAIN         make a chain
  -X, --delete-chain [CHAIN]    delete an empty chain, or all of them
  -E, --rename-chain OLD NEW    give a chain another name
  -P, --policy CHAIN POLICY     what happens to packets that no rule decides on: ACCEPT or DROP

What a rule matches ([!] may stand before these to mean the opposite):
  -p, --protocol PROTOCOL       by name or number
  -s, --source ADDRESS[/MASK][,...]
  -d, --destination ADDRESS[/MASK][,...]
  -i, --in-interface NAME[+]    a + at the end stands for any rest
  -o, --out-interface NAME[+]
  -f, --fragment                second and further fragments (IPv4)
  -m, --match NAME              another match, with options of its own: -m NAME -h

What becomes of the packet:
  -j, --jump TARGET             a verdict, a chain, or a target with options of its own: -j NAME -h
  -g, --goto CHAIN              go to a chain and do not come back

Options:
  -t, --table TABLE             filter (the default), nat, mangle, raw or security
  -n, --numeric                 numbers instead of names
  -v, --verbose                 say more
  -x, --exact                   counters in full
  --line-numbers                number the rules
  -c, --set-counters PACKETS BYTES
  -w, --wait [SECONDS]          how long to wait for the xtables lock
  -4, --ipv4                    nothing in iptables; in ip6tables-restore input: skip the line
  -6, --ipv6                    nothing in ip6tables; in iptables-restore input: skip the line
  -M, --modprobe COMMAND        accepted and not used
  -V, --version                 the version whose behaviour this is
)";

void print_general_help(const Voice& voice) {
  const std::string name = voice.program();
  say("{} {}\n\n", name, voice.version());
  say("Usage: {} -[ACD] chain rule-specification [options]\n", name);
  constexpr std::string_view kForms[] = {"-I chain [rulenum] rule-specification [options]",
                                         "-R chain rulenum rule-specification [options]",
                                         "-D chain rulenum [options]",
                                         "-[LS] [chain [rulenum]] [options]",
                                         "-[FZ] [chain] [options]",
                                         "-[NX] chain",
                                         "-E old-chain-name new-chain-name",
                                         "-P chain target [options]",
                                         "-h (print this help information)"};
  for (const std::string_view form : kForms) say("       {} {}\n", name, form);
  say("{}", kBody);
}

}  // namespace

void print_help_or_version(const Voice& voice, const Command& command) {
  if (command.version) {
    say("{} {}\n", voice.program(), voice.version());
    return;
  }
  print_general_help(voice);
  for (const std::string& name : command.help_extensions) {
    say("\n{}", extension_help(voice.identity().family, name));
  }
}

}  // namespace ferrule::cli
