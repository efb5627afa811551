// Covers parse_restore and to_save_text with what needs no extension; tests/cases has the rest.
#include <gtest/gtest.h>

#include "ferrule/text.hpp"

namespace ferrule {
namespace {

// The rules that come out, printed as iptables-save prints them, one a line.
std::string saved(Family family, std::string_view body, ParseOptions options = {}) {
  const std::string text = "*filter\n" + std::string(body) + "\nCOMMIT\n";
  const auto parsed = parse_restore(family, text, options);
  if (!parsed) return "error: " + to_string(parsed.error());
  std::string out;
  for (const Operation& operation : parsed->changes.at(0).operations) {
    if (!operation.rule) continue;
    if (!out.empty()) out += "\n";
    out += to_rule_text(*operation.rule, operation.chain.view());
  }
  return out;
}

struct Case {
  std::string_view rule;
  std::string_view saved;  // what iptables-save prints of it
};

TEST(ParseRestore, SelectorsComeOutAsIptablesSavesThem) {
  const Case cases[] = {
      {"-A INPUT", "-A INPUT"},
      {"-A INPUT -j ACCEPT", "-A INPUT -j ACCEPT"},
      {"-AINPUT -jDROP", "-A INPUT -j DROP"},
      {"--append INPUT --jump=DROP", "-A INPUT -j DROP"},
      {"-j RETURN -A INPUT -s 10.1.2.3/8", "-A INPUT -s 10.0.0.0/8 -j RETURN"},
      {"-A INPUT -s 10.1.2.3", "-A INPUT -s 10.1.2.3/32"},
      {"-A INPUT ! -s 10.1.2.3/255.0.255.0", "-A INPUT ! -s 10.0.2.0/255.0.255.0"},
      {"-A INPUT -d 0/0", "-A INPUT"},
      {"-A INPUT ! -d 0.0.0.0/0", "-A INPUT ! -d 0.0.0.0/0"},
      {"-A INPUT -d ::/0", "-A INPUT"},  // an empty mask makes the address irrelevant, even another family's
      {"-A INPUT -s 1.2/16", "-A INPUT -s 1.2.0.0/16"},
      {"-A INPUT -s 10.0.0.1,10.0.0.2 -d 1.1.1.1,2.2.2.2",
       "-A INPUT -s 10.0.0.1/32 -d 1.1.1.1/32\n-A INPUT -s 10.0.0.1/32 -d 2.2.2.2/32\n"
       "-A INPUT -s 10.0.0.2/32 -d 1.1.1.1/32\n-A INPUT -s 10.0.0.2/32 -d 2.2.2.2/32"},
      {"-A INPUT -i eth0 ! -i eth1", "error: line 2: multiple -i flags not allowed"},
      {"-A FORWARD -i eth0 ! -o eth+", "-A FORWARD -i eth0 ! -o eth+"},
      {"-A FORWARD -i +", "-A FORWARD"},
      {"-A FORWARD ! -i +", "-A FORWARD ! -i +"},
      {"-A INPUT -p TCP", "-A INPUT -p tcp"},
      {"-A INPUT ! -p 17", "-A INPUT ! -p udp"},
      {"-A INPUT -p all", "-A INPUT"},
      {"-A INPUT -p 253", "-A INPUT -p 253"},
      {"-A INPUT -f", "-A INPUT -f"},
      {"-A INPUT ! -f", "-A INPUT ! -f"},
      {"-A INPUT -g elsewhere", "-A INPUT -g elsewhere"},
      {"-4 -A INPUT", "-A INPUT"},
      {"-6 -A INPUT", ""},
      {"-I INPUT 3 -j ACCEPT", "-A INPUT -j ACCEPT"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.rule);
    EXPECT_EQ(saved(Family::ipv4, c.rule), c.saved);
  }
}

TEST(ParseRestore, Ipv6Selectors) {
  const Case cases[] = {
      {"-A INPUT -s 2001:db8::1", "-A INPUT -s 2001:db8::1/128"},
      {"-A INPUT -s 2001:db8::1/32", "-A INPUT -s 2001:db8::/32"},
      {"-A INPUT -d 0.0.0.0/0", "-A INPUT"},
      {"-A INPUT -s 2001:db8::1/ffff:0:ffff::", "-A INPUT -s 2001::/ffff:0:ffff::"},
      {"-A INPUT -p icmpv6", "-A INPUT -p ipv6-icmp"},
      {"-A INPUT -s 10.0.0.1", "error: line 2: host/network `10.0.0.1' not found"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.rule);
    EXPECT_EQ(saved(Family::ipv6, c.rule), c.saved);
  }
}

TEST(ParseRestore, ErrorsNameLineAndReason) {
  const Case cases[] = {
      {"-A INPUT -j ACCEPT extra", "Bad argument `extra'"},
      {"-A INPUT ! ! -p tcp", "multiple consecutive ! not allowed"},
      {"-A INPUT -j ACCEPT !", "nothing appropriate following !"},
      {"-A INPUT ! -j ACCEPT", "cannot have ! before -j"},
      {"-A INPUT -p", "option \"-p\" requires an argument"},
      {"-A INPUT --foo", "unknown option \"--foo\""},
      {"-A INPUT -p nonesuch", "unknown protocol \"nonesuch\" specified"},
      {"-A INPUT ! -p all", "rule would never match protocol"},
      {"-A INPUT -s 10.0.0.1/33", "invalid mask `33' specified"},
      {"-A INPUT -s nohost", "host/network `nohost' not found"},
      {"-A INPUT ! -s 10.0.0.1,10.0.0.2", "! not allowed with multiple source or destination IP addresses"},
      {"-A INPUT -i \"\"", "Empty interface is likely to be undesired"},
      {"-A INPUT -i 0123456789abcdef", "interface name `0123456789abcdef' must be shorter than IFNAMSIZ (15)"},
      {"-A INPUT -o eth0", "Can't use -o with INPUT"},
      {"-A OUTPUT -i eth0", "Can't use -i with OUTPUT"},
      {"-A INPUT -m nonesuch", "Couldn't load match `nonesuch':No such file or directory"},
      {"-A INPUT -g ACCEPT", "goto 'ACCEPT' is not a chain"},
      {"-A INPUT -n", "Illegal option `-n' with this command"},
      {"-A INPUT -D INPUT", "Cannot use -D with -A"},
      {"-I INPUT 0", "Invalid rule number `0'"},
      {"-R INPUT -j DROP", "-R requires a rule number"},
      {"-R INPUT 1 -s 1.1.1.1,2.2.2.2", "Replacement rule does not specify a unique address"},
      {"-A 01234567890123456789012345678",
       "chain name `01234567890123456789012345678' too long (must be under 29 chars)"},
      {"-N ACCEPT", "chain name may not clash with target name"},
      {"-N -x", "chain name not allowed to start with `-'"},
      {"-t nat -A INPUT", "The -t option cannot be used in iptables-restore."},
      {"-w -A INPUT", "You cannot use `-w' from iptables-restore"},
      {"-j ACCEPT", "no command specified"},
      {"-L", "a command that changes rules is expected here"},
      {"-P INPUT FOO", "Bad policy name"},
      {"-c 1 -A INPUT", "-c requires packet and byte counter"},
      {"-c x 1 -A INPUT", "-c packet counter not numeric"},
      {"[1:2 -A INPUT", "Bad line 2: need ]"},
      {":x", "policy invalid"},
      {":INPUT MAYBE", "Can't set policy `MAYBE' on `INPUT' line 2: Bad policy name"},
      {"*filter", "Bad argument `*filter'"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.rule);
    EXPECT_EQ(saved(Family::ipv4, c.rule, {.file = "rules"}), "error: rules:2: " + std::string(c.saved));
  }
}

TEST(ParseRestore, TablesAndTheirEnds) {
  const auto parsed = parse_restore(Family::ipv4,
                                    "# made by hand\n* nat\n:PREROUTING ACCEPT [1:2]\n:mine - [0:0]\n"
                                    "[3:4] -A mine -j RETURN\nCOMMIT\n\n*raw\nCOMMIT",
                                    {.counters = CounterUse::kRestore});
  ASSERT_TRUE(parsed) << to_string(parsed.error());
  ASSERT_EQ(parsed->changes.size(), 2u);
  const TableChange& nat = parsed->changes[0];
  EXPECT_EQ(nat.table, TableId::nat);
  EXPECT_EQ(nat.commit_line, 6u);
  ASSERT_EQ(nat.operations.size(), 3u);
  EXPECT_EQ(nat.operations[0].policy, Policy::accept);
  EXPECT_EQ(nat.operations[0].counters, (Counters{1, 2}));
  EXPECT_FALSE(nat.operations[1].policy);
  EXPECT_EQ(nat.operations[2].rule->counters(), (Counters{3, 4}));
  EXPECT_EQ(nat.operations[2].line, 5u);
  EXPECT_EQ(parsed->changes[1].table, TableId::raw);

  struct Bad {
    std::string_view text, error;
  };
  for (const Bad& bad :
       {Bad{"*filter\n-A INPUT\n", "f:3: COMMIT expected at line 3"},
        Bad{"*nonesuch\nCOMMIT\n", "f:1: table name 'nonesuch' invalid"}, Bad{"*\nCOMMIT\n", "f:1: table name invalid"},
        Bad{"COMMIT\n", "f:1: expected `*TABLE` here, not `COMMIT'"},
        Bad{"*nat\n-A PREROUTING -j DROP\nCOMMIT\n",
            "f:2: The \"nat\" table is not intended for filtering, the use of DROP is therefore "
            "inhibited."}}) {
    SCOPED_TRACE(bad.text);
    const auto result = parse_restore(Family::ipv4, bad.text, {.file = "f"});
    ASSERT_FALSE(result);
    EXPECT_EQ(to_string(result.error()), bad.error);
  }
}

TEST(ParseRestore, CountersCountOnlyWhenAsked) {
  const auto parsed =
      parse_restore(Family::ipv4, "*filter\n:INPUT DROP [9:9]\n[3:4] -A INPUT\n-A INPUT -c 5 6\nCOMMIT\n");
  ASSERT_TRUE(parsed);
  const auto& operations = parsed->changes[0].operations;
  EXPECT_EQ(operations[0].counters, Counters{});
  EXPECT_EQ(operations[1].rule->counters(), Counters{});
  EXPECT_EQ(operations[2].rule->counters(), (Counters{5, 6}));
}

}  // namespace
}  // namespace ferrule
