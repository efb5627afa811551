// TRACE: no payload.
#include "extensions/codec.hpp"

namespace ferrule::ext {
namespace {

struct Trace {
  using Info = NoInfo;
};

}  // namespace

extern constinit const Extension kTargetTrace =
    make_extension<Trace>({.kind = Kind::target, .name = "TRACE", .summary = "report each rule that the packet meets"});

}  // namespace ferrule::ext
