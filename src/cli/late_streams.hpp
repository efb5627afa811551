// The standard streams of a statically linked command, which are not there before somebody asks for them.
#pragma once

namespace ferrule::cli {

void set_up_streams();

}  // namespace ferrule::cli
