// NetfilterSocket: questions to nfnetlink, <linux/netfilter/nfnetlink.h>, that change nothing.
#pragma once

#include <libmnl/libmnl.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "kernel/descriptor.hpp"

namespace ferrule::detect {

// Whether a dump's reader has seen enough.
enum class Reading : uint8_t { kContinue, kStop };

// How a question ended.
struct Answer {
  int error_number = 0;  // 0: answered; otherwise why not
  bool torn = false;     // somebody changed the rules meanwhile; the answer may mix before and after
};

// Not thread-safe. Works in the namespace that the thread was in when it was made. Making one may load the nfnetlink
// module, asking may load a subsystem's: see modules.hpp.
class NetfilterSocket {
 public:
  NetfilterSocket();
  // 0, or why there is no socket.
  int error_number() const { return error_number_; }

  using Reader = std::function<Reading(const nlmsghdr&)>;
  // Sends one message of `subsystem` (NFNL_SUBSYS_*) and `type` with an nfgenmsg of `family` and whatever `add` puts
  // behind it, and gives `read` each message of the answer.
  Answer dump(uint8_t subsystem, uint8_t type, uint8_t family, const std::function<void(nlmsghdr&)>& add,
              const Reader& read);
  Answer get(uint8_t subsystem, uint8_t type, uint8_t family, const std::function<void(nlmsghdr&)>& add,
             const Reader& read);

 private:
  Answer ask(uint16_t flags, uint16_t type, uint8_t family, const std::function<void(nlmsghdr&)>& add,
             const Reader& read);
  // Reads until the answer to `sequence` is complete or `read` stops.
  Answer receive(uint32_t sequence, const Reader& read);
  void open();

  kernel::Descriptor socket_{-1};
  int error_number_ = 0;
  uint32_t sequence_ = 0;
  std::unique_ptr<char[]> buffer_;
};

// Calls `read` with each attribute of a message behind its nfgenmsg.
void for_each_attribute(const nlmsghdr& message, const std::function<void(const nlattr&)>& read);
// The same for the attributes inside of another.
void for_each_nested(const nlattr& outer, const std::function<void(const nlattr&)>& read);
// The text of a string attribute, whether or not a NUL ends it.
std::string_view text_of(const nlattr& attribute);
// The number of a big-endian attribute of four bytes; 0 where it has another size.
uint32_t number_of(const nlattr& attribute);
// The low half of the generation that a dump of nf_tables was made in.
uint16_t generation_of(const nlmsghdr& message);
uint8_t family_of(const nlmsghdr& message);

}  // namespace ferrule::detect
