#pragma once

namespace elbow {

class Profiler;

/// What a span of time belongs to.
enum class SpanKind {
  step,       ///< it is a step
  component,  ///< the step: whatever it interrupts stands still meanwhile
  part,       ///< the span around it
  whole,      ///< the span around it; what happens inside is not looked at
  apart       ///< no step: validation, checkpoints; what happens inside is not looked at
};

/// A stretch of the program that `train --profile` times, from here to the end of the scope:
///
///     const ProfileSpan span(SpanKind::component, "guide");
///
/// Without a profiler on this thread it costs one branch. Spans of the kinds `component`, `part`
/// and `whole` count inside a step only.
class ProfileSpan {
 public:
  /// @param name a literal; kept as a pointer
  ProfileSpan(SpanKind kind, const char* name) {
    if (active_ != nullptr) enter(kind, name);
  }
  ~ProfileSpan() { end(); }
  ProfileSpan(const ProfileSpan&) = delete;
  ProfileSpan& operator=(const ProfileSpan&) = delete;
  /// Before the end of the scope.
  void end() {
    if (entered_ != nullptr) leave();
  }

  /// Whether there is a profiler, and the span is one of those that count.
  bool is_counted() const { return entered_ != nullptr; }

  /// The profiler of this thread; null when nobody asked for a profile.
  static Profiler* active() { return active_; }
  /// Which component an object was claimed for, while there is a profiler that was told.
  static const char* owner_of(const void* object, const char* otherwise) {
    return active_ == nullptr ? otherwise : claimed(object, otherwise);
  }

 private:
  friend class ProfilerScope;
  void enter(SpanKind kind, const char* name);
  void leave();
  static const char* claimed(const void* object, const char* otherwise);

  inline static thread_local Profiler* active_ = nullptr;
  Profiler* entered_ = nullptr;
};

/// Makes a profiler that of this thread, or with null turns profiling off, while it lives.
class ProfilerScope {
 public:
  explicit ProfilerScope(Profiler* profiler) : before_(ProfileSpan::active_) {
    ProfileSpan::active_ = profiler;
  }
  ~ProfilerScope() { ProfileSpan::active_ = before_; }
  ProfilerScope(const ProfilerScope&) = delete;
  ProfilerScope& operator=(const ProfilerScope&) = delete;

 private:
  Profiler* before_;
};

}  // namespace elbow
