// The time in the comments of save text.
#pragma once

#include <string>

namespace ferrule::cli {

// Now, in local time, as ctime(3) writes it and without its newline.
std::string now_as_saved();

}  // namespace ferrule::cli
