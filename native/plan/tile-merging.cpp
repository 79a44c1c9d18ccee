// Neighbouring codes of a program become one that does the same: each code costs a jump, which
// processors foresee but are slow to follow.
#include "plan/tile-program.hpp"

namespace nabla {

void TileProgram::merge() {
  std::vector<Code> all;
  all.swap(codes_);
  for (const Code& code : all) {
    codes_.push_back(code);
    while (mergeLast()) continue;
  }
}

/// Merges the last codes; false if there is nothing to merge.
bool TileProgram::mergeLast() {
  const std::size_t count = codes_.size();
  const auto is = [&](std::size_t back, TileCode code) {
    return count >= back && codes_[count - back].code == code;
  };
  const auto replace = [&](std::size_t back, const Code& merged) {
    codes_.resize(count - back);
    codes_.push_back(merged);
    return true;
  };
  const Code& last = codes_.back();
  if (is(1, TileCode::Square) && is(2, TileCode::Load)) {
    return replace(2, {TileCode::LoadSquare, codes_[count - 2].home});
  }
  const auto isOfNumber = [&](std::size_t back, TileCode code) {
    return is(back, code) && codes_[count - back].home.from == From::Operand;
  };
  if (isOfNumber(1, TileCode::AddNumber) && isOfNumber(2, TileCode::MulNumber)) {
    return replace(2, {TileCode::MulAdd, codes_[count - 2].home, 0, last.home.index});
  }
  if (!is(1, TileCode::Store) || count < 2) return false;
  const Home x = last.home;
  const Code& before = codes_[count - 2];
  if (is(2, TileCode::SubFrom) && before.home == x) return replace(2, {TileCode::StoreRest, x});
  if (is(2, TileCode::Add) && before.home == x) {
    const bool moves =
        isOfNumber(3, TileCode::MulNumber) && is(4, TileCode::Sub) && codes_[count - 4].home == x;
    if (!moves) return replace(2, {TileCode::StoreSum, x});
    Home moved = x;
    moved.factor = codes_[count - 3].home.index;
    return replace(4, {TileCode::StoreMoved, moved});
  }
  Home plain = before.home;
  plain.factor = -1;
  const bool mixes = is(2, TileCode::AddScaled) && plain == x && isOfNumber(3, TileCode::MulNumber);
  if (!mixes) return false;
  return replace(3, {TileCode::StoreMix, before.home, 0, codes_[count - 3].home.index});
}

}  // namespace nabla
