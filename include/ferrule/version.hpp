// The library's version.
#pragma once

#pragma GCC visibility push(default)
namespace ferrule {

// "MAJOR.MINOR.PATCH". Static storage; thread-safe.
const char* version();

}  // namespace ferrule
#pragma GCC visibility pop
