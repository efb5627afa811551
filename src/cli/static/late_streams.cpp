// <iostream> sets up eight streams and the locale that they need before main begins. Of the whole command only the
// subcommands' argument parser wants them, so here that waits until main asks for it. For the linker's --wrap.
#include "late_streams.hpp"

#include <cstddef>
#include <ios>

extern "C" {
void __real__ZNSt8ios_base4InitC1Ev(std::ios_base::Init* init);
void __wrap__ZNSt8ios_base4InitC1Ev(std::ios_base::Init* init);

void __wrap__ZNSt8ios_base4InitC1Ev(std::ios_base::Init*) {}
}

namespace ferrule::cli {

void set_up_streams() {
  alignas(std::ios_base::Init) static std::byte init[sizeof(std::ios_base::Init)];
  __real__ZNSt8ios_base4InitC1Ev(reinterpret_cast<std::ios_base::Init*>(init));
}

}  // namespace ferrule::cli
