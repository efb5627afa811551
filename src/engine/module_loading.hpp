// Loading kernel modules, for callers who allow it (EngineOptions::module_loading).
#pragma once

#include <string>

#include "ferrule/detect.hpp"
#include "ferrule/error.hpp"
#include "ferrule/types.hpp"

namespace ferrule::engine {

// Loads what `backend` needs before anything can be asked of it: nf_tables and nft_compat, or ip_tables or ip6_tables.
// The rest (the modules of tables, chain types and extensions) the kernel loads by itself when it is used. What is
// loaded already is no error. kPermission without CAP_SYS_MODULE, kNotFound where there is no such module, kSystem.
Result<void> load_modules_of(BackendKind backend, Family family);

}  // namespace ferrule::engine
