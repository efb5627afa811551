#include "backend_nft/registers.hpp"

#include <linux/netfilter/nf_tables.h>

#include <algorithm>

namespace ferrule::nft {

uint32_t Registers::first_word(uint32_t reg) {
  if (reg >= NFT_REG_1 && reg <= NFT_REG_4) return (reg - NFT_REG_1) * (NFT_REG_SIZE / NFT_REG32_SIZE);
  if (reg >= NFT_REG32_00 && reg <= NFT_REG32_15) return reg - NFT_REG32_00;
  return kWords;
}

void Registers::load(uint32_t reg, const Loaded& loaded) {
  const uint32_t first = first_word(reg);
  if (first == kWords) return;
  const uint32_t words = std::min((loaded.length + NFT_REG32_SIZE - 1) / NFT_REG32_SIZE, kWords - first);
  // An older load that reached into these words is whole no longer.
  for (uint32_t i = 0; i < first; ++i) {
    if (i + (slots_[i].length + NFT_REG32_SIZE - 1) / NFT_REG32_SIZE > first) slots_[i] = {};
  }
  std::fill_n(slots_.begin() + first, words, Loaded{});
  slots_[first] = loaded;
}

Loaded Registers::at(uint32_t reg) const {
  const uint32_t first = first_word(reg);
  return first == kWords ? Loaded{} : slots_[first];
}

}  // namespace ferrule::nft
