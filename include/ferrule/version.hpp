// The library's version.
#pragma once

namespace ferrule {

// "MAJOR.MINOR.PATCH". Static storage; thread-safe.
const char* version();

}  // namespace ferrule
