#include "plan/tile-program.hpp"

#include <algorithm>
#include <cstring>
#include <unordered_set>

#include "plan/chain.hpp"
#include "table/compiled-programs.hpp"

namespace nabla {
namespace {

bool isAssignment(const OpRow& row) { return row.tileCodes[1] == TileCode::Keep; }

/// The inputs whose values a step reads: the second alone of an assignment.
int firstRead(const OpRow& row) { return isAssignment(row) ? 1 : 0; }

void writeNumber(char (&to)[8], DType dtype, double number) {
  if (dtype == DType::Float64) {
    std::memcpy(to, &number, sizeof number);
    return;
  }
  const auto single = static_cast<float>(number);
  std::memcpy(to, &single, sizeof single);
}

double numberIn(const View& view) {
  return view.dtype == DType::Float32 ? static_cast<double>(*view.as<float>()) : *view.as<double>();
}

/// The greater of anything and a number is a simpler question unless that is none.
TileCode simplified(TileCode code, double number) {
  const bool isNaN = number != number;
  if (code == TileCode::MaximumNumber)
    return isNaN ? TileCode::LoadNumber : TileCode::AtLeastNumber;
  if (code == TileCode::MinimumNumber) return isNaN ? TileCode::LoadNumber : TileCode::AtMostNumber;
  return code;
}

}  // namespace

bool runsOnTiles(const Graph& graph, const Step& step) {
  const OpRow& row = step.row();
  if (row.tileCodes[0] == TileCode::End && row.tileCodes[1] == TileCode::End) return false;
  const DType dtype = graph.at(targetOf(step)).view.dtype;
  if (!isFloat(dtype)) return false;
  for (int slot : step.inputs) {
    if (graph.at(slot).view.dtype != dtype) return false;
  }
  return true;
}

class TileProgram::Writer {
 public:
  Writer(TileProgram& program, const Graph& graph, const Surroundings& surroundings)
      : program_(program), graph_(graph), surroundings_(surroundings) {}

  void run(int begin, int end) {
    for (int i = begin; i < end; i++) number(graph_.steps[static_cast<std::size_t>(i)]);
    for (const auto& [root, value] : latest_) {
      Value& last = at(value);
      const Slot& storage = graph_.at(root);
      const bool isKept = storage.chain < 0 || surroundings_.isReadAfter(root);
      if (last.home.from == From::Nothing && isKept) last.isStored = true;
    }
    for (std::size_t i = 0; i < lines_.size(); i++) write(static_cast<int>(i));
  }

 private:
  Value& at(int value) { return values_[static_cast<std::size_t>(value)]; }

  int add(Home home) {
    values_.push_back({});
    values_.back().home = home;
    return static_cast<int>(values_.size()) - 1;
  }

  // ---- first: which values there are, and what reads them

  void number(const Step& step) {
    const OpRow& row = step.row();
    Line line{&step};
    const auto count = static_cast<int>(step.inputs.size());
    for (int i = firstRead(row); i < count; i++) {
      line.operands[i] = read(step.inputs[static_cast<std::size_t>(i)]);
    }
    line.target = targetOf(step);
    line.result = add({});
    const auto [latest, isFirst] = latest_.emplace(graph_.at(line.target).root, line.result);
    if (!isFirst) {
      at(latest->second).overwritten = static_cast<int>(lines_.size());
      latest->second = line.result;
    }
    lines_.push_back(line);
  }

  /// The value that a step reads: a storage's latest, or what is there before the first step.
  int read(int slot) {
    const bool goesAlong = surroundings_.goesAlong(slot);
    auto& known = goesAlong ? latest_ : still_;
    const int key = goesAlong ? graph_.at(slot).root : slot;
    const auto found = known.find(key);
    int value = found == known.end() ? -1 : found->second;
    if (value < 0) {
      value = add({From::Operand, surroundings_.isNumber(slot), surroundings_.operandOf(slot)});
      known[key] = value;
    }
    Value& its = at(value);
    its.uses++;
    its.lastUse = static_cast<int>(lines_.size());
    return value;
  }

  // ---- then: the codes

  void emit(TileCode code, Home home = {}, double attribute = 0) {
    if (home.isNumber) code = withNumber(code);
    if (home.factor >= 0) code = withScaled(code);
    program_.codes_.push_back({code, home, attribute});
  }

  void write(int index) {
    const Line& line = lines_[static_cast<std::size_t>(index)];
    const OpRow& row = line.step->row();
    if (row.tileCodes[0] == TileCode::Mul && (canWait(line, index) || isTakenNext(line, index))) {
      return release(line, index);
    }
    if (isHeldScaled(line.operands[1])) return take(line, index);
    if (isAssignment(row)) {
      hold(line.operands[1]);
    } else {
      compute(row, line);
    }
    release(line, index);
    keep(line, index);
  }

  /// A product of what lies in memory and a number is computed where it is read, if what lies there
  /// stays there until then: that saves a place for it.
  bool canWait(const Line& line, int index) {
    const bool isSwapped = at(line.operands[0]).home.isNumber;
    const int elements = line.operands[isSwapped ? 1 : 0];
    const Value& source = at(elements);
    const Home& number = at(line.operands[isSwapped ? 0 : 1]).home;
    Value& result = at(line.result);
    const bool liesThere = source.home.from == From::Operand && !source.home.isNumber &&
                           source.home.factor < 0 &&
                           (source.overwritten < 0 || source.overwritten >= result.lastUse);
    const bool isReadNext = isHeld(elements) && result.lastUse == index + 1;
    if (!liesThere || !number.isNumber || result.isStored || isReadNext) return false;
    result.home = source.home;
    result.home.factor = number.index;
    return true;
  }

  /// A product of what the tile holds and a number that is subtracted by the next step alone is
  /// computed there, and the tile keeps what it holds.
  bool isTakenNext(const Line& line, int index) {
    const bool isSwapped = isHeld(line.operands[1]);
    const int elements = line.operands[isSwapped ? 1 : 0];
    const Home& number = at(line.operands[isSwapped ? 0 : 1]).home;
    Value& result = at(line.result);
    const bool isReadNext = result.uses == 1 && result.lastUse == index + 1 && !result.isStored;
    if (!isHeld(elements) || !number.isNumber || !isReadNext) return false;
    const Line& next = lines_[static_cast<std::size_t>(index) + 1];
    const bool isTaken = next.step->row().tileCodes[1] == TileCode::SubFrom &&
                         next.operands[1] == line.result && at(next.result).isStored &&
                         at(next.operands[0]).home == homeOf(next.target);
    if (!isTaken) return false;
    result.home = {From::Tile, false, 0, number.index};
    return true;
  }

  bool isHeldScaled(int value) { return value >= 0 && at(value).home.from == From::Tile; }

  /// Subtracts what the tile holds times a number from what the step writes.
  void take(const Line& line, int index) {
    Home target = homeOf(line.target);
    at(line.result).home = target;
    target.factor = at(line.operands[1]).home.factor;
    program_.codes_.push_back({TileCode::StoreTaken, target});
    release(line, index);
  }

  bool isHeld(int value) const { return value >= 0 && (value == held_ || value == heldToo_); }

  bool hasHome(int value) { return value >= 0 && at(value).home.from != From::Nothing; }

  void hold(int value) {
    if (!isHeld(value)) emit(TileCode::Load, at(value).home);
  }

  void compute(const OpRow& row, const Line& line) {
    const auto [a, b] = line.operands;
    if (isHeld(b) && !(isHeld(a) && hasHome(b))) {
      emit(row.tileCodes[1], at(a).home);
      return;
    }
    hold(a);
    if (row.tileCodes[0] == TileCode::Clip) {
      const Home number{From::Attribute, true};
      emit(TileCode::AtLeast, number, line.step->attrs[0].values[0]);
      emit(TileCode::AtMost, number, line.step->attrs[1].values[0]);
    } else {
      emit(row.tileCodes[0], b >= 0 ? at(b).home : Home{});
    }
  }

  Home homeOf(int target) { return {From::Operand, false, surroundings_.operandOf(target)}; }

  void release(const Line& line, int index) {
    release(line.operands[0], index);
    if (line.operands[1] != line.operands[0]) release(line.operands[1], index);
  }

  /// Frees the scratch of a value that nothing reads any more.
  void release(int value, int index) {
    if (value < 0) return;
    const Value& read = at(value);
    if (read.home.from == From::Scratch && read.lastUse == index) free_.push_back(read.home.index);
  }

  /// The result is in the tile now: stores it where something else than the next step reads it.
  void keep(const Line& line, int index) {
    Value& result = at(line.result);
    heldToo_ = isAssignment(line.step->row()) ? line.operands[1] : -1;
    held_ = line.result;
    const bool nextReadsAll = result.uses <= 1 && result.lastUse <= index + 1;
    if (result.isStored) {
      result.home = homeOf(line.target);
    } else if (!nextReadsAll) {
      result.home = {From::Scratch, false, takeScratch()};
    } else {
      return;
    }
    emit(TileCode::Store, result.home);
  }

  int takeScratch() {
    if (free_.empty()) return program_.scratchTiles_++;
    const int tile = free_.back();
    free_.pop_back();
    return tile;
  }

  TileProgram& program_;
  const Graph& graph_;
  const Surroundings& surroundings_;
  std::vector<Value> values_;
  std::vector<Line> lines_;
  std::unordered_map<int, int> latest_;  // by root, of what goes along: the value that it has
  std::unordered_map<int, int> still_;   // by slot, of what does not
  int held_ = -1, heldToo_ = -1;         // values that the tile holds
  std::vector<int> free_;                // scratch tiles
};

TileProgram::TileProgram(const Graph& graph, int begin, int end, const Surroundings& surroundings)
    : dtype_(graph.at(targetOf(graph.steps[static_cast<std::size_t>(begin)])).view.dtype) {
  Writer(*this, graph, surroundings).run(begin, end);
  dropUnreadStores();
  merge();
  markFirstReads();
  compiled_ = findCompiled(surroundings);
}

/// A value that the tile held until its last reader was stored in scratch for nobody.
void TileProgram::dropUnreadStores() {
  std::unordered_set<int> read;  // scratch tiles, by what follows
  std::vector<Code> kept;
  for (auto code = codes_.rbegin(); code != codes_.rend(); ++code) {
    if (code->home.from == From::Scratch) {
      const bool isStore = code->code == TileCode::Store;
      if (isStore && read.erase(code->home.index) == 0) continue;
      if (!isStore) read.insert(code->home.index);
    }
    kept.push_back(*code);
  }
  codes_.assign(kept.rbegin(), kept.rend());
}

/// What a code reads that none before it touched is fetched ahead by it.
void TileProgram::markFirstReads() {
  std::unordered_set<int> touched;
  for (Code& code : codes_) {
    const Home& home = code.home;
    if (home.from != From::Operand || home.isNumber) continue;
    const bool isFirst = touched.insert(home.index).second;
    code.fetches = isFirst && code.code != TileCode::Store;
  }
}

/// What a compiled program works on, for the codes of a program: one is found for the other, or
/// none if the same would have to be two things.
class TileProgram::Matching {
 public:
  explicit Matching(const Surroundings& surroundings) : surroundings_(surroundings) {}

  bool takes(const Code& code, const CompiledProgramCode& compiled) {
    const Home& home = code.home;
    const bool isOperand = home.from == From::Operand && !home.isNumber;
    const bool isScratch = home.from == From::Scratch;
    if (code.code != compiled.code || isScratch != (compiled.of == CompiledOperand::Kept))
      return false;
    if (!isOperand) return isScratch ? home.index == 0 : compiled.of == CompiledOperand::None;
    if (compiled.of == CompiledOperand::None) return false;
    const auto [known, isNew] = operands_.emplace(static_cast<int>(compiled.of), home.index);
    return isNew ? storages_.insert(surroundings_.storageOf(home.index)).second
                 : known->second == home.index;
  }

 private:
  const Surroundings& surroundings_;
  std::unordered_map<int, int> operands_;  // by what they are to the compiled program
  std::unordered_set<int> storages_;       // of these operands
};

int TileProgram::findCompiled(const Surroundings& surroundings) const {
  const auto& programs = compiledPrograms();
  const auto found = std::find_if(programs.begin(), programs.end(), [&](const auto& program) {
    Matching matching(surroundings);
    const auto& codes = program.codes;
    return std::equal(
        codes_.begin(), codes_.end(), codes.begin(), codes.end(),
        [&](const Code& code, const auto& compiled) { return matching.takes(code, compiled); });
  });
  return found == programs.end() ? -1 : static_cast<int>(found - programs.begin());
}

void TileProgram::place(const View* views, char* scratch, TileStep* steps) const {
  for (const Code& code : codes_) {
    TileStep& step = *steps++;
    step = {};
    step.code = code.code;
    step.mask = -1;
    step.fetches = code.fetches;
    if (code.second >= 0) writeNumber(step.second, dtype_, numberIn(views[code.second]));
    const int factor = code.home.factor;
    if (factor >= 0) writeNumber(step.number, dtype_, numberIn(views[factor]));
    switch (code.home.from) {
      case From::Operand:
        if (code.home.isNumber) {
          const double number = numberIn(views[code.home.index]);
          step.code = simplified(code.code, number);
          writeNumber(step.number, dtype_, number);
        } else {
          step.data = views[code.home.index].as<char>();
        }
        break;
      case From::Scratch:
        step.data = scratch + code.home.index * kTileBytes;
        step.mask = 0;
        break;
      case From::Attribute:
        writeNumber(step.number, dtype_, code.number);
        break;
      case From::Nothing:
      case From::Tile:
        break;
    }
  }
  steps->code = TileCode::End;
}

}  // namespace nabla
