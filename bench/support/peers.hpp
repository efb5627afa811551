// Other libraries that write rules in process.
#pragma once

#include <cstdio>
#include <string>

#include "support/namespaces.hpp"
#include "support/pods.hpp"

namespace ferrule::bench {

// libnftables (`nft -f` in process), with what iptables-restore-translate makes of the rules. These are native
// expressions throughout, which iptables cannot all read: it is the same firewall in other bytes.
class LibnftablesPeer {
 public:
  explicit LibnftablesPeer(const PodRules& rules);
  double run(const Namespace& target) const;

 private:
  std::string text_;
};

// python3-iptables, which works through libiptc and the plug-ins of the real tool, in a Python that is running already.
// It sets up the `ambient` example.
class PythonPeer {
 public:
  PythonPeer();
  ~PythonPeer();
  PythonPeer(const PythonPeer&) = delete;
  PythonPeer& operator=(const PythonPeer&) = delete;
  double run(const Namespace& target) const;

 private:
  int child_ = -1;
  std::FILE* to_ = nullptr;
  std::FILE* from_ = nullptr;
};

}  // namespace ferrule::bench
