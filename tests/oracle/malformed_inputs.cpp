#include "oracle/malformed_inputs.hpp"

#include <cstdint>
#include <string_view>

namespace ferrule::test {
namespace {

using namespace std::string_literals;

constexpr size_t kMebibyte = size_t{1} << 20;

std::string printable(std::string_view text) {
  std::string name;
  for (const char c : text.substr(0, 100)) name += c >= ' ' && c <= '~' ? c : '?';
  return name;
}

// A document with one line between others that are right, so that a reader which gives up silently would show.
std::string document(std::string_view table, std::string_view line) {
  return "*" + std::string(table) + "\n:work - [0:0]\n" + std::string(line) + "\n-A work -j ACCEPT\nCOMMIT\n";
}

std::string filter(std::string_view line) { return document("filter", line); }

// Bytes without meaning, the same in every run.
std::string noise(uint32_t seed, size_t size) {
  std::string bytes;
  for (size_t i = 0; i < size; ++i) {
    seed = seed * 1664525 + 1013904223;
    bytes += static_cast<char>(seed >> 24);
  }
  return bytes;
}

std::string utf16(std::string_view text) {
  std::string wide = "\xff\xfe";
  for (const char c : text) wide += c + "\0"s;
  return wide;
}

std::string many_words(size_t count) {
  std::string line = "-A INPUT -j";
  for (size_t i = 0; i < count; ++i) line += " x";
  return line;
}

constexpr std::string_view kSound =
    "*nat\n:PREROUTING ACCEPT [3:180]\n:OUTPUT ACCEPT [0:0]\n:work - [0:0]\n[1:60] -A PREROUTING -p tcp -m tcp --dport "
    "80 "
    "-j work\n-A work -p tcp -j REDIRECT --to-ports 8080\nCOMMIT\n*filter\n-A INPUT -i eth0 -j DROP\nCOMMIT\n";

const char* const kChainLines[] = {
    ":",
    ": ",
    ":INPUT",
    ":INPUT ",
    ":INPUT FOO",
    ":INPUT accept [0:0]",
    ":INPUT FOO [0:0]",
    ":INPUT RETURN [0:0]",
    ":INPUT QUEUE [0:0]",
    ":INPUT work [0:0]",
    ":new",
    ":new ",
    ":a-name-of-29-characters-long.. - [0:0]",
    ":-new - [0:0]",
    ":!new - [0:0]",
    ":ACCEPT - [0:0]",
    ":DROP - [0:0]",
    ":RETURN - [0:0]",
    ":QUEUE - [0:0]",
    ":LOG - [0:0]",
    ":REJECT - [0:0]",
};

const char* const kCounterLines[] = {
    "[0:0 -A INPUT -j ACCEPT",
    "[0:0",
    "[",
    "[0] -A INPUT -j ACCEPT",
    "[] -A INPUT -j ACCEPT",
    "[a:b] -A INPUT -j ACCEPT",
    "[1:] -A INPUT -j ACCEPT",
    "[:1] -A INPUT -j ACCEPT",
    "[1;2] -A INPUT -j ACCEPT",
    "[1:2 ] -A INPUT",
    "[1:2:3] -A INPUT",
    "[0:0]",
    "[1:2] -N new",
};

const char* const kCommandLines[] = {
    "-j ACCEPT",
    "-p tcp -j ACCEPT",
    "INPUT -j ACCEPT",
    "A INPUT -j ACCEPT",
    "--append",
    "-A",
    "-A INPUT -D INPUT",
    "-A INPUT -N new",
    "-A INPUT OUTPUT -j ACCEPT",
    "-A NOWHERE -j ACCEPT",
    "-A a-name-of-29-characters-long. -j ACCEPT",
    "-A input -j ACCEPT",
    "-A \"\" -j ACCEPT",
    "-I",
    "-I NOWHERE -j ACCEPT",
    "-I INPUT 0 -j ACCEPT",
    "-I INPUT -1 -j ACCEPT",
    "-I INPUT 2 -j ACCEPT",
    "-I INPUT 99999999999 -j ACCEPT",
    "-I INPUT one -j ACCEPT",
    "-I INPUT 1x -j ACCEPT",
    "-R INPUT -j ACCEPT",
    "-R INPUT 1 -j ACCEPT",
    "-R INPUT 0 -j ACCEPT",
    "-R NOWHERE 1 -j ACCEPT",
    "-D INPUT 1",
    "-D INPUT 0",
    "-D INPUT -j DROP",
    "-D NOWHERE 1",
    "-D NOWHERE -j DROP",
    "-D",
    "-D work 2",
    "-N",
    "-N work",
    "-N INPUT",
    "-N ACCEPT",
    "-N LOG",
    "-N -x",
    "-N !x",
    "-N a-name-of-29-characters-long.",
    "-N \"two words\"",
    "-N new -j ACCEPT",
    "-N new -s 192.0.2.1",
    "-X NOWHERE",
    "-F NOWHERE",
    "-Z NOWHERE",
    "-E",
    "-E work",
    "-E NOWHERE new",
    "-E work INPUT",
    "-P",
    "-P INPUT",
    "-P INPUT FOO",
    "-P INPUT accept",
    "-P INPUT RETURN",
    "-P work ACCEPT",
    "-P NOWHERE ACCEPT",
    "-P INPUT ACCEPT -j DROP",
    "-B INPUT",
    "--nosuch",
    "---append INPUT",
    "-t nat -A INPUT -j ACCEPT",
    "-A INPUT -t filter -j ACCEPT",
    "--table filter -A INPUT",
    "-w -A INPUT -j ACCEPT",
    "-A INPUT -j ACCEPT -w 5",
    "-A INPUT -j ACCEPT -W 5",
    "-A INPUT -j ACCEPT --line-numbers",
    "-A INPUT -j ACCEPT -x",
    "-A INPUT ! -j ACCEPT",
    "! -A INPUT -j ACCEPT",
    "-A ! INPUT -j ACCEPT",
    "-A INPUT -j ACCEPT !",
    "-A INPUT -j ! ACCEPT",
    "-A INPUT -",
    "-A INPUT --",
    "-A INPUT -- -j ACCEPT",
    "-AINPUT-jACCEPT",
};

const char* const kSelectorLines[] = {
    "-A INPUT -s",
    "-A INPUT -s \"\"",
    "-A INPUT -s ,",
    "-A INPUT -s /",
    "-A INPUT -s 1.2.3.4.5",
    "-A INPUT -s 1.2.3.256",
    "-A INPUT -s 1.2.3.4/33",
    "-A INPUT -s 1.2.3.4/-1",
    "-A INPUT -s 1.2.3.4/255.255.255.256",
    "-A INPUT -s 1.2.3.4/x",
    "-A INPUT -s ::1/129",
    "-A INPUT -s ::1::",
    "-A INPUT -s 12345::",
    "-A INPUT -s -j",
    "-A INPUT -d",
    "-A INPUT -d 300.0.0.1",
    "-A INPUT -s 10.0.0.1 -s 10.0.0.2",
    "-A INPUT -d 10.0.0.1 -d 10.0.0.2",
    "-A INPUT ! -s 10.0.0.1,10.0.0.2",
    "-A INPUT ! ! -s 10.0.0.1",
    "-A INPUT -i",
    "-A INPUT -i \"\"",
    "-A INPUT -i sixteen-letters.",
    "-A INPUT -i eth0 -i eth1",
    "-A INPUT -o eth0",
    "-A OUTPUT -i eth0",
    "-A INPUT -p",
    "-A INPUT -p \"\"",
    "-A INPUT -p nosuch",
    "-A INPUT -p 256",
    "-A INPUT -p 65542",
    "-A INPUT -p -6",
    "-A INPUT -p tcp,udp",
    "-A INPUT -p tcp -p tcp",
    "-A INPUT ! -p all",
    "-A INPUT -c",
    "-A INPUT -c 1",
    "-A INPUT -c a b",
    "-A INPUT -c 1 b",
    "-A INPUT -c -j ACCEPT",
    "-A INPUT -j",
    "-A INPUT -j \"\"",
    "-A INPUT -j ACCEPT -j ACCEPT",
    "-A INPUT -j ACCEPT DROP",
    "-A INPUT -j accept",
    "-A INPUT -j NOWHERE",
    "-A INPUT -j a-name-of-29-characters-long.",
    "-A INPUT -g",
    "-A INPUT -g NOWHERE",
    "-A INPUT -g ACCEPT",
    "-A INPUT -j work -g work",
    "-A INPUT --dport 80 -j ACCEPT",
    "-A INPUT --source-port 80",
    "-A INPUT -6 --nosuch",
};

const char* const kExtensionLines[] = {
    "-A INPUT -m",
    "-A INPUT -m \"\"",
    "-A INPUT -m nosuch",
    "-A INPUT -m tcp --dport 80",
    "-A INPUT -p udp -m tcp --dport 80",
    "-A INPUT -p tcp -m tcp --dport",
    "-A INPUT -p tcp -m tcp --dport 65536",
    "-A INPUT -p tcp -m tcp --dport -1",
    "-A INPUT -p tcp -m tcp --dport 80:79",
    "-A INPUT -p tcp -m tcp --dport 1:2:3",
    "-A INPUT -p tcp -m tcp --dport nosuchservice",
    "-A INPUT -p tcp -m tcp --dport 80 --dport 81",
    "-A INPUT -p tcp -m tcp --tcp-flags SYN",
    "-A INPUT -p tcp -m tcp --tcp-flags SYN NOPE",
    "-A INPUT -p tcp -m tcp --tcp-option 0",
    "-A INPUT -p tcp -m tcp --tcp-option 256",
    "-A INPUT -p tcp -m tcp --nosuch",
    "-A INPUT -p udp -m udp --syn",
    "-A INPUT -p udp -m udp --sport 99999",
    "-A INPUT -m mark",
    "-A INPUT -m mark --mark",
    "-A INPUT -m mark --mark x",
    "-A INPUT -m mark --mark 0x100000000",
    "-A INPUT -m mark --mark 1/x",
    "-A INPUT -m mark --mark 1 --mark 2",
    "-A INPUT -m connmark",
    "-A INPUT -m connmark --mark -1",
    "-A INPUT -m conntrack",
    "-A INPUT -m conntrack --ctstate",
    "-A INPUT -m conntrack --ctstate NOPE",
    "-A INPUT -m conntrack --ctstate NEW --ctstate NEW",
    "-A INPUT -m state",
    "-A INPUT -m state --state BAD",
    "-A OUTPUT -m owner",
    "-A OUTPUT -m owner --uid-owner",
    "-A OUTPUT -m owner --uid-owner no-such-user",
    "-A OUTPUT -m owner --uid-owner 5-3",
    "-A INPUT -m owner --uid-owner 0",
    "-A INPUT -m multiport --dports 1,2",
    "-A INPUT -p tcp -m multiport",
    "-A INPUT -p tcp -m multiport --dports 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16",
    "-A INPUT -p tcp -m multiport --dports 1,,2",
    "-A INPUT -p tcp -m multiport --dports 70000",
    "-A INPUT -m set",
    "-A INPUT -m set --match-set no-such-set src",
    "-A INPUT -m set --match-set no-such-set",
    "-A INPUT -m comment",
    "-A INPUT -m comment --comment",
    "-A INPUT -m addrtype",
    "-A INPUT -m addrtype --dst-type NOPE",
    "-A INPUT -m statistic",
    "-A INPUT -m statistic --mode nope",
    "-A INPUT -m statistic --mode random --probability 2",
    "-A INPUT -m statistic --mode nth --every 0",
    "-A INPUT -m limit --limit 0/s",
    "-A INPUT -m limit --limit 1/fortnight",
    "-A INPUT -m limit --limit x",
    "-A INPUT -m limit --limit-burst 10001",
    "-A INPUT -m tcpmss --mss 1:2",
    "-A INPUT -p tcp -m tcpmss",
    "-A INPUT -p tcp -m tcpmss --mss 2:1",
    "-A INPUT -m physdev",
    "-A INPUT -p tcp -j REDIRECT --to-ports",
    "-A INPUT -j NOTRACK --nosuch",
    "-A INPUT -j MARK",
    "-A INPUT -j MARK --set-mark",
    "-A INPUT -j MARK --set-mark y",
    "-A INPUT -j MARK --set-mark 1 --or-mark 2",
    "-A INPUT -j CONNMARK",
    "-A INPUT -j CONNMARK --save-mark --restore-mark",
    "-A INPUT -j LOG --log-level nope",
    "-A INPUT -j LOG --log-level 8",
    "-A INPUT -j LOG --log-prefix",
    "-A INPUT -j REJECT --reject-with nope",
    "-A INPUT -j TCPMSS --set-mss 1400",
    "-A INPUT -p tcp --syn -j TCPMSS",
    "-A INPUT -j SET",
    "-A INPUT -j SET --add-set no-such-set src",
    "-A INPUT -j CT --zone 65536",
    "-A INPUT -j TRACE extra",
};

// In other tables than filter.
struct TableLine {
  const char* table;
  const char* line;
};
const TableLine kTableLines[] = {
    {"nat", "-A PREROUTING -j REDIRECT --to-ports 80"},
    {"nat", "-A PREROUTING -p tcp -j REDIRECT --to-ports 0x10000"},
    {"nat", "-A PREROUTING -p tcp -j REDIRECT --to-ports 80-79"},
    {"nat", "-A PREROUTING -p tcp -j REDIRECT --to-ports 80 --to-ports 81"},
    {"nat", "-A PREROUTING -p tcp -j DNAT"},
    {"nat", "-A PREROUTING -p tcp -j DNAT --to-destination"},
    {"nat", "-A PREROUTING -j DNAT --to-destination nowhere.invalid"},
    {"nat", "-A POSTROUTING -j SNAT"},
    {"nat", "-A POSTROUTING -j SNAT --to-source 1.2.3.4-"},
    {"nat", "-A POSTROUTING -j MASQUERADE --to-ports 1-2"},
    {"nat", "-A POSTROUTING -j DROP"},
    {"nat", "-P PREROUTING DROP"},
    {"nat", "-A FORWARD -j ACCEPT"},
    {"mangle", "-A PREROUTING -p tcp -j TPROXY"},
    {"mangle", "-A PREROUTING -p tcp -j TPROXY --on-port 0x10000"},
    {"mangle", "-A PREROUTING -p tcp -j TPROXY --on-port 1 --tproxy-mark z"},
    {"raw", "-A INPUT -j ACCEPT"},
    {"raw", "-A PREROUTING -j CT --zone"},
    {"security", "-A PREROUTING -j ACCEPT"},
};

template <size_t kCount>
void add_lines(std::vector<MalformedInput>& inputs, const char* const (&lines)[kCount]) {
  for (const char* line : lines) inputs.push_back({printable(line), filter(line)});
}

}  // namespace

std::vector<MalformedInput> malformed_documents() {
  std::vector<MalformedInput> inputs = {
      {"rule outside a table", "-A INPUT -j ACCEPT\n"},
      {"COMMIT outside a table", "COMMIT\n"},
      {"chain outside a table", ":INPUT ACCEPT [0:0]\n"},
      {"rule after COMMIT", "*filter\nCOMMIT\n-A INPUT -j ACCEPT\n"},
      {"missing COMMIT", "*filter\n-A INPUT -j ACCEPT\n"},
      {"missing COMMIT, nothing in it", "*filter\n"},
      {"missing COMMIT before the next table", "*filter\n-A INPUT -j ACCEPT\n*nat\nCOMMIT\n"},
      {"missing COMMIT in the second table", "*filter\n-A INPUT -j ACCEPT\nCOMMIT\n*nat\n-A OUTPUT -j ACCEPT\n"},
      {"second table unknown", "*filter\n-A INPUT -j ACCEPT\nCOMMIT\n*nosuch\nCOMMIT\n"},
      {"second table wrong", "*filter\n-A INPUT -j ACCEPT\nCOMMIT\n*nat\n-A OUTPUT -j NOWHERE\nCOMMIT\n"},
      {"star alone", "*\nCOMMIT\n"},
      {"star and blanks", "*   \nCOMMIT\n"},
      {"two stars", "**filter\nCOMMIT\n"},
      {"unknown table", "*nosuch\nCOMMIT\n"},
      {"table in capitals", "*FILTER\nCOMMIT\n"},
      {"table named broute", "*broute\nCOMMIT\n"},
      {"table with a path", "*../filter\nCOMMIT\n"},
      {"table name of 31 bytes", "*" + std::string(31, 't') + "\nCOMMIT\n"},
      {"table name of 32 bytes", "*" + std::string(32, 't') + "\nCOMMIT\n"},
      {"table name of 1000 bytes", "*" + std::string(1000, 't') + "\nCOMMIT\n"},
      {"table name of a mebibyte", "*" + std::string(kMebibyte, 't') + "\nCOMMIT\n"},
      {"commit in small letters", "*filter\ncommit\n"},
      {"COMMIT with a blank before", "*filter\n COMMIT\n"},
      {"COMMITTED", "*filter\nCOMMITTED\n"},
      {"words", "*filter\nplease open port 80\nCOMMIT\n"},
      {"a shell script", "#!/bin/sh\niptables -A INPUT -j ACCEPT\n"},
      {"nft's own language", "table ip filter {\n  chain INPUT { drop; }\n}\n"},
      {"JSON", "{\"filter\": {\"INPUT\": []}}\n"},
      {"XML", "<iptables-rules version=\"1.0\">\n"},
      {"byte order mark", "\xef\xbb\xbf" + filter("-A INPUT -j DROP")},
      {"UTF-16", utf16(filter("-A INPUT -j DROP"))},
      {"line ends of DOS", "*filter\r\n-A INPUT -j DROP\r\nCOMMIT\r\n"},
      {"line ends of old Macs", "*filter\r-A INPUT -j DROP\rCOMMIT\r"},
      {"a NUL alone", "\0"s},
      {"a page of NULs", std::string(4096, '\0')},
      {"a mebibyte of NULs", std::string(kMebibyte, '\0')},
      {"NUL in front", "\0*filter\nCOMMIT\n"s},
      {"NUL in a table name", "*fil\0ter\nCOMMIT\n"s},
      {"NUL in a chain line", "*filter\n:IN\0PUT ACCEPT [0:0]\nCOMMIT\n"s},
      {"NUL in a rule", filter("-A INPUT -j\0 ACCEPT"s)},
      {"a mebibyte of one byte", std::string(kMebibyte, 'x')},
      {"a mebibyte of blanks, then a word", std::string(kMebibyte, ' ') + "x\n"},
      {"rule line of a mebibyte", filter("-A INPUT -m comment --comment " + std::string(kMebibyte, 'x'))},
      {"rule line of a mebibyte of words", filter(many_words(kMebibyte / 2))},
      {"chain line of a mebibyte", filter(":" + std::string(kMebibyte, 'x') + " - [0:0]")},
      {"word of 1024 bytes", filter("-A INPUT -m comment --comment " + std::string(1024, 'x'))},
      {"word of 5000 bytes", filter("-A INPUT -j " + std::string(5000, 'x'))},
      {"255 words", filter(many_words(255))},
      {"3000 words", filter(many_words(3000))},
      {"quote that never ends", filter("-A INPUT -m comment --comment \"abc")},
      {"quote around everything", filter("\"-A INPUT -j DROP\"")},
      {"quote in the chain", filter("-A \"INPUT -j DROP")},
      {"apostrophes as quotes", filter("-A INPUT -m comment --comment 'two words' -j DROP")},
      {"backslash at the end", filter("-A INPUT -j DROP \\")},
      {"continued line", filter("-A INPUT \\\n-j DROP")},
      {"comment after a rule", filter("-A INPUT -j DROP # all of it")},
      {"comment with a blank before", filter(" # words")},
      {"variable of a shell", filter("-A INPUT -s $NET -j DROP")},
      {"semicolon", filter("-A INPUT -j DROP; -A OUTPUT -j DROP")},
      {"non-breaking space", filter("-A INPUT\xc2\xa0-j DROP")},
      {"long dash", filter("\xe2\x80\x93"
                           "A INPUT -j DROP")},
      {"control characters", filter("-A INPUT -j \x01\x02\x7f")},
      {"high bytes in a chain", filter("-A \xff\xfe\xfd -j DROP")},
      {"tab in a word", filter("-A INPUT -j DR\tOP")},
      {"form feed", filter("\f")},
      {"two rules in one line", filter("-A INPUT -j DROP -A OUTPUT -j DROP")},
  };
  for (uint32_t seed = 1; seed <= 12; ++seed) {
    inputs.push_back({"noise " + std::to_string(seed), noise(seed, size_t{16} << seed)});
    inputs.push_back({"noise in a rule " + std::to_string(seed), filter("-A INPUT " + noise(seed, 40))});
  }
  for (size_t length = 1; length < kSound.size(); length += 7) {
    inputs.push_back({"cut after " + std::to_string(length) + " bytes", std::string(kSound.substr(0, length))});
  }
  add_lines(inputs, kChainLines);
  add_lines(inputs, kCounterLines);
  return inputs;
}

std::vector<MalformedInput> malformed_lines() {
  std::vector<MalformedInput> inputs;
  add_lines(inputs, kCommandLines);
  add_lines(inputs, kSelectorLines);
  add_lines(inputs, kExtensionLines);
  for (const auto& [table, line] : kTableLines) {
    inputs.push_back({std::string(table) + ": " + line, document(table, line)});
  }
  return inputs;
}

std::vector<MalformedInput> impossible_rulesets() {
  std::string deep = "*filter\n";
  for (int i = 0; i < 20; ++i) deep += ":c" + std::to_string(i) + " - [0:0]\n";
  deep += "-A INPUT -j c0\n";
  for (int i = 0; i < 20; ++i) deep += "-A c" + std::to_string(i) + " -j c" + std::to_string((i + 1) % 20) + "\n";
  deep += "COMMIT\n";
  return {
      {"chain that calls itself", filter("-A INPUT -j work\n-A work -j work")},
      {"chain that goes to itself", filter("-A INPUT -j work\n-A work -g work")},
      {"two chains that call each other", "*filter\n-N a\n-N b\n-A INPUT -j a\n-A a -j b\n-A b -j a\nCOMMIT\n"},
      {"a loop of gotos and jumps",
       "*filter\n-N a\n-N b\n-N c\n-A FORWARD -j a\n-A a -g b\n-A b -j c\n-A c -g a\nCOMMIT\n"},
      {"a loop of twenty chains", deep},
      {"a loop that a later line closes", filter("-A work -j work\n-A OUTPUT -p tcp -j work")},
      {"jump to a base chain", filter("-A work -j INPUT")},
      {"goto to a base chain", filter("-A work -g FORWARD")},
      {"jump from base to base", filter("-A INPUT -j OUTPUT")},
      {"jump to a chain of another table",
       "*nat\n:only_here - [0:0]\nCOMMIT\n*filter\n-A INPUT -j only_here\nCOMMIT\n"},
      {"jump to a chain declared later", "*filter\n-A INPUT -j later\n:later - [0:0]\nCOMMIT\n"},
      {"jump to a chain that was deleted", filter("-N gone\n-X gone\n-A INPUT -j gone")},
      {"deleting a chain in use", filter("-A INPUT -j work\n-X work")},
      {"deleting a chain with rules", filter("-A work -j DROP\n-X work")},
      {"rule for a renamed chain", filter("-N old\n-E old new\n-A old -j DROP")},
      {"inserting behind the end", filter("-I work 1 -j DROP\n-I work 3 -j DROP")},
      {"REDIRECT in filter", filter("-A INPUT -p tcp -j REDIRECT --to-ports 80")},
      {"REDIRECT in POSTROUTING", document("nat", "-A POSTROUTING -p tcp -j REDIRECT --to-ports 80")},
      {"MASQUERADE in PREROUTING", document("nat", "-A PREROUTING -j MASQUERADE")},
      {"SNAT in OUTPUT", document("nat", "-A OUTPUT -j SNAT --to-source 192.0.2.1")},
      {"TPROXY in OUTPUT", document("mangle", "-A OUTPUT -p tcp -j TPROXY --on-port 1")},
      {"TPROXY without a protocol", document("mangle", "-A PREROUTING -j TPROXY --on-port 1")},
      {"CT in filter", filter("-A INPUT -j CT --notrack")},
      {"REJECT in nat", document("nat", "-A OUTPUT -j REJECT")},
      {"TCPMSS --clamp-mss-to-pmtu in INPUT", filter("-A INPUT -p tcp --syn -j TCPMSS --clamp-mss-to-pmtu")},
      {"TCPMSS without --syn", filter("-A FORWARD -p tcp -j TCPMSS --set-mss 1400")},
      {"REJECT with tcp-reset for udp", filter("-A INPUT -p udp -j REJECT --reject-with tcp-reset")},
      {"owner in INPUT by way of a chain", filter("-A INPUT -j work\n-A work -m owner --uid-owner 0")},
      {"QUEUE with an argument", filter("-A INPUT -j QUEUE --queue-num 1")},
  };
}

}  // namespace ferrule::test
