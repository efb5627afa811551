#include "ferrule/version.hpp"

namespace ferrule {

const char* version() { return FERRULE_VERSION; }

}  // namespace ferrule
