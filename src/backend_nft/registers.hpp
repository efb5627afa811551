// Registers: what the expressions read so far have left in the registers, as far as a comparison may ask for it.
#pragma once

#include <array>
#include <cstdint>

#include "backend_nft/expression.hpp"

namespace ferrule::nft {

struct Loaded {
  enum class Kind : uint8_t { nothing, payload, meta, immediate };
  Kind kind = Kind::nothing;
  uint32_t source = 0;  // header base or meta key
  uint32_t offset = 0;  // in the header
  uint32_t length = 0;  // in bytes
  Bytes mask = {};      // of a bitwise; empty where there was none
  Bytes value = {};     // of an immediate
};

class Registers {
 public:
  void clear() { slots_.fill({}); }
  void load(uint32_t reg, const Loaded& loaded);
  // What a comparison that starts at `reg` compares; nothing when that was not loaded there.
  Loaded at(uint32_t reg) const;

 private:
  // The kernel's register file: 16 words. NFT_REG_1 to 4 are four words each, NFT_REG32_00 to 15 one.
  static constexpr uint32_t kWords = 16;
  static uint32_t first_word(uint32_t reg);
  std::array<Loaded, kWords> slots_{};
};

}  // namespace ferrule::nft
