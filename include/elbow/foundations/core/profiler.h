#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "elbow/foundations/core/profile_span.h"

namespace elbow {

/// A component of a step, or a part of one, and how long it took in each of the latest steps.
struct ProfileNode {
  std::string name;
  const ProfileNode* around = nullptr;              ///< of a step and of what is no step: null
  std::vector<std::unique_ptr<ProfileNode>> parts;  ///< in the order of their first spans
  std::int64_t in_this_step = 0;                    ///< ns
  /// ns in each of the latest steps, a ring: step s, counted from 0, stands at s mod window.
  std::vector<std::int64_t> in_steps;
};

/// What happened between steps under one name, in ns.
struct ProfileInterlude {
  std::string name;
  std::int64_t count = 0, total = 0;
};

/// One uninterrupted stretch of a span, for a time line.
struct ProfileEvent {
  const ProfileNode* node;
  std::int64_t step;             ///< counted from 0; of an interlude that of the step after it
  std::int64_t begin, duration;  ///< ns since the profiler was made
};

/// Collects the spans of one thread.
///
/// The components of a step share its time: one that begins inside another, as a draw of the guide
/// inside an estimator, stops the other's clock until it ends. So components add up to the step;
/// what belongs to none of them is the component "rest".
class Profiler {
 public:
  struct Options {
    /// Waits for an accelerator's work, before each look at the clock; empty on the CPU.
    std::function<void()> wait = {};
    /// The number that the next operation to be differentiated through will get; never falls.
    /// Empty: the backward pass has no parts.
    std::function<std::uint64_t()> next_operation = {};
    /// ns, never falling; empty: the steady clock.
    std::function<std::int64_t()> clock = {};
    std::int64_t window = 4096;             ///< steps that statistics are about, at most
    std::int64_t time_line_steps = 100;     ///< steps that events are kept of, at most
    std::size_t time_line_events = 50'000;  ///< events that are kept, at most
  };
  explicit Profiler(Options options);

  /// @return false where the span does not count, and must not be left
  bool enter(SpanKind kind, const char* name);
  /// Leaves the span that was entered last.
  void leave();

  /// Says which component an object belongs to, for work that is done when another component asks
  /// for it.
  void claim(const void* object, const char* component);
  /// @return the component that claimed the object in this step; `otherwise` when none did
  const char* owner_of(const void* object, const char* otherwise) const;

  /// The backward pass: from here to its end the time of the innermost span is divided among parts
  /// called like the components, and their parts, that made the operations which are
  /// differentiated.
  void begin_backward();
  /// An operation is differentiated next. May come from a thread that this one waits for.
  /// @param operation its number; negative: it has none, and belongs to the one before
  void differentiate(std::int64_t operation);
  void end_backward();

  bool waits() const { return options_.wait != nullptr; }
  std::int64_t num_steps() const { return num_steps_; }
  /// ns of all steps together.
  std::int64_t total() const { return total_; }
  /// ns since the profiler was made.
  std::int64_t now() const;
  /// How long something took in the latest steps, oldest first, at most `window`, in ns.
  std::vector<std::int64_t> latest(const ProfileNode& node) const;
  const ProfileNode& step() const { return step_; }
  const std::vector<ProfileInterlude>& interludes() const { return interludes_; }
  const std::deque<ProfileEvent>& events() const { return events_; }

 private:
  struct Frame {
    ProfileNode* node;
    SpanKind kind;
    std::size_t first_paused;  ///< of a component: the frames from here to it stand still meanwhile
    std::int64_t begin;
    std::size_t event;  ///< in events_; none: kNoEvent
  };
  void push(ProfileNode* node, SpanKind kind, std::int64_t now);
  void pause(const Frame& frame, std::int64_t now);
  void resume(Frame& frame, std::int64_t now);
  std::size_t first_running() const;
  const ProfileNode* component_at_work() const;
  /// What is made from now on is made by the innermost span.
  void mark();
  std::vector<const ProfileNode*> makers_of(std::uint64_t operation) const;
  void finish_step(std::int64_t duration);
  void finish_interlude(const std::string& name, std::int64_t duration);
  void note_step(ProfileNode& node);
  void forget_events();

  Options options_;
  std::int64_t start_ = 0, num_steps_ = 0, total_ = 0;
  ProfileNode step_, between_;
  std::vector<Frame> frames_;
  std::vector<std::pair<std::uint64_t, const ProfileNode*>> marks_;  ///< by ascending operation
  std::vector<std::pair<const void*, const char*>> owners_;
  std::size_t backward_depth_ = 0;  ///< frames outside the parts of the backward pass; 0: no pass
  std::vector<ProfileInterlude> interludes_;
  std::deque<ProfileEvent> events_;
  std::size_t events_of_step_ = 0;
};

}  // namespace elbow
