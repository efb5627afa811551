// How the command parser refuses.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "ferrule/error.hpp"

namespace ferrule::text {

inline tl::unexpected<Error> wrong(std::string message) { return fail(Code::kInvalidInput, std::move(message)); }

inline tl::unexpected<Error> wrong_at(std::string_view option, std::string message) {
  Error error{Code::kInvalidInput, std::move(message)};
  error.origin.option = option;
  return tl::unexpected(std::move(error));
}

}  // namespace ferrule::text
