// Neighbouring steps of a chain that are cheap, as a program that works on tiles in registers: see
// table/tiles.hpp. What one step computes for the next is stored only if something else reads it.
#pragma once

#include <functional>
#include <unordered_map>
#include <vector>

#include "plan/graph.hpp"
#include "table/tiles.hpp"

namespace nabla {

/// True if the step has a code for tiles and all its operands are of one float dtype.
bool runsOnTiles(const Graph& graph, const Step& step);

class TileProgram {
 public:
  /// What a chain knows of slots that its steps touch.
  struct Surroundings {
    std::function<bool(int slot)> isNumber;     // one element beside many
    std::function<bool(int slot)> goesAlong;    // an element beside each of the target
    std::function<bool(int root)> isReadAfter;  // elsewhere than in these steps
    std::function<int(int slot)> operandOf;     // where the chain holds it
    std::function<int(int operand)> storageOf;  // the root of what the chain holds there
  };

  /// The steps [begin, end) of a graph; each runs on tiles.
  TileProgram(const Graph& graph, int begin, int end, const Surroundings& surroundings);

  DType dtype() const { return dtype_; }
  std::size_t scratchTiles() const { return static_cast<std::size_t>(scratchTiles_); }
  std::size_t length() const { return codes_.size() + 1; }
  /// Its number among the programs that are compiled as one loop; -1 if it is none of them.
  int compiled() const { return compiled_; }

  /// Writes the program down for operands that lie at `views`, in `length()` steps.
  void place(const View* views, char* scratch, TileStep* steps) const;

 private:
  enum class From : std::uint8_t { Nothing, Operand, Scratch, Attribute, Tile };
  /// Where a value can be read.
  struct Home {
    From from = From::Nothing;
    bool isNumber = false;
    int index = 0;
    int factor = -1;  // operand, a number: what is there is yet to be multiplied by it

    bool operator==(const Home& other) const {
      return from == other.from && isNumber == other.isNumber && index == other.index &&
             factor == other.factor;
    }
  };
  struct Code {
    TileCode code;
    Home home;
    double number = 0;  // an attribute's
    int second = -1;    // operand, a number, of codes that have two
    bool fetches = false;
  };
  struct Value {
    Home home;
    int uses = 0;
    int lastUse = -1;      // step
    int overwritten = -1;  // step that writes something else in its place
    bool isStored = false;
  };
  /// What a step reads and makes: numbers of values, -1 for none.
  struct Line {
    const Step* step;
    int operands[2] = {-1, -1};
    int result = -1;
    int target = -1;  // slot that it writes
  };
  class Writer;
  class Matching;

  void dropUnreadStores();
  void merge();
  bool mergeLast();
  void markFirstReads();
  int findCompiled(const Surroundings& surroundings) const;

  DType dtype_;
  int scratchTiles_ = 0;
  std::vector<Code> codes_;
  int compiled_ = -1;
};

}  // namespace nabla
