// A captured plan as plain data: a flat list of steps over numbered slots. Passes read and rewrite
// it; plan.cpp makes it executable.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "memory/buffer-ref.hpp"
#include "table/row.hpp"

namespace nabla {

enum class SlotKind : std::uint8_t {
  Temp,      // written by a step of the plan
  Input,     // bound to an argument at each run
  Held,      // an immutable tensor that the plan refers to
  Variable,  // a persistent buffer that steps of this or other plans write
};

struct Slot {
  SlotKind kind = SlotKind::Temp;
  View view;                 // data: set when bound
  int root = 0;              // the slot whose storage this one shares; itself if none
  int input = -1;            // Input: number of the argument
  BufferRef buffer;          // Held, Variable: the storage
  std::size_t offset = 0;    // Temp that is no output: place in the arena, bytes
  bool isOutput = false;     // storage is allocated anew at each run and handed to the caller
  bool isUpdated = false;    // Variable: a step writes it; see Graph::markUpdates
  int chain = -1;            // Temp that lives in a chain alone: the chain's number
  bool isStretched = false;  // a chain reads it out of order: nothing moves in behind it
};

struct Step {
  int op = 0;
  std::vector<int> inputs, outputs;  // slots
  std::vector<Attribute> attrs;      // as the row names them, resolved
  int predicate = -1;  // slot of a scalar: the step runs only where it is not 0; -1: always
  int phase = 0;       // all parts of a phase end before the next begins; see passes/schedule.cpp
  int chain = -1;      // neighbours of one number run together; see plan/chain.hpp

  const OpRow& row() const;
  /// True if the step writes input `i` in place.
  bool writes(std::size_t i) const { return row().inputSpec(static_cast<int>(i)).written; }
  /// True if it writes any: it has an effect beside its outputs.
  bool writesAny() const;
  /// Calls f(slot) for all that the step writes in place, in order.
  template <typename F>
  void forWrites(F f) const {
    const OpRow& op = row();
    for (std::size_t i = 0; i < inputs.size(); i++) {
      if (op.inputSpec(static_cast<int>(i)).written) f(inputs[i]);
    }
  }
  /// Calls f(slot) for all that the step reads, what it writes in place included.
  template <typename F>
  void forReads(F f) const {
    for (int slot : inputs) f(slot);
    if (predicate >= 0) f(predicate);
  }
};

struct Graph {
  std::vector<Slot> slots;
  std::vector<Step> steps;
  std::vector<int> outputs;          // slots, in the order in which a run returns them
  std::vector<std::string> fusions;  // what passes merged, in words, for listings
  int inputCount = 0;
  std::size_t arenaBytes = 0;

  Slot& at(int slot) { return slots[static_cast<std::size_t>(slot)]; }
  const Slot& at(int slot) const { return slots[static_cast<std::size_t>(slot)]; }
  Slot& rootOf(int slot) { return at(at(slot).root); }
  const Slot& rootOf(int slot) const { return at(at(slot).root); }

  /// Notes at their slots which Variables the steps write. Once, before passes: they move and merge
  /// updates but keep what is written.
  void markUpdates();

  /// True if steps of this graph write the storage of `slot`.
  bool isWritten(int slot) const {
    return rootOf(slot).kind == SlotKind::Temp || rootOf(slot).isUpdated;
  }

  /// True if the step reads labels or indices that the graph itself writes: they are checked right
  /// before they are used. All others are checked before the first step.
  bool isCheckedWhenRun(const Step& step) const;

  /// For each slot, whether a run returns the storage that it is the root of.
  std::vector<bool> returnedRoots() const;

  /// A new temporary, without a step that writes it yet. Slots move: references to others end here.
  int addTemp(const Type& type);
};

/// A step's operands, while its graph and itself stay in place. Data may not be there yet.
class StepOperands {
 public:
  StepOperands(const Graph& graph, const Step& step);
  StepOperands(const StepOperands&) = delete;
  StepOperands& operator=(const StepOperands&) = delete;

  const Operands& operands() const { return operands_; }

 private:
  std::vector<const View*> views_;  // the inputs, then the outputs
  Operands operands_;
};

}  // namespace nabla
