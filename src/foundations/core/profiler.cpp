#include "elbow/foundations/core/profiler.h"

#include <algorithm>
#include <chrono>

namespace elbow {
namespace {

constexpr std::size_t kNoEvent = static_cast<std::size_t>(-1);

ProfileNode* part_of(ProfileNode& node, const char* name) {
  for (const auto& part : node.parts)
    if (part->name == name) return part.get();
  node.parts.push_back(std::make_unique<ProfileNode>());
  node.parts.back()->name = name;
  node.parts.back()->around = &node;
  return node.parts.back().get();
}

bool hides_its_inside(SpanKind kind) { return kind == SpanKind::whole || kind == SpanKind::apart; }

std::int64_t steady_nanoseconds() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace

void ProfileSpan::enter(SpanKind kind, const char* name) {
  if (active_->enter(kind, name)) entered_ = active_;
}

void ProfileSpan::leave() {
  entered_->leave();
  entered_ = nullptr;
}

const char* ProfileSpan::claimed(const void* object, const char* otherwise) {
  return active_->owner_of(object, otherwise);
}

Profiler::Profiler(Options options) : options_(std::move(options)) {
  if (!options_.clock) options_.clock = steady_nanoseconds;
  step_.name = "step";
  between_.name = "between steps";
  start_ = options_.clock();
}

std::int64_t Profiler::now() const {
  if (options_.wait) options_.wait();
  return options_.clock() - start_;
}

bool Profiler::enter(SpanKind kind, const char* name) {
  const bool is_outermost = kind == SpanKind::step || kind == SpanKind::apart;
  if (is_outermost != frames_.empty()) return false;
  if (!frames_.empty() && hides_its_inside(frames_.back().kind)) return false;
  ProfileNode* node = &step_;
  if (kind == SpanKind::apart) node = part_of(between_, name);
  if (kind == SpanKind::component) node = part_of(step_, name);
  if (kind == SpanKind::part || kind == SpanKind::whole) node = part_of(*frames_.back().node, name);
  if (kind == SpanKind::component && component_at_work() == node) return false;
  if (kind == SpanKind::step) {
    marks_.clear();
    owners_.clear();
    events_of_step_ = 0;
  }
  push(node, kind, now());
  return true;
}

void Profiler::push(ProfileNode* node, SpanKind kind, std::int64_t now) {
  Frame frame{node, kind, frames_.size(), now, kNoEvent};
  if (kind == SpanKind::component) {
    frame.first_paused = first_running();
    for (std::size_t i = frame.first_paused; i < frames_.size(); ++i) pause(frames_[i], now);
  }
  resume(frame, now);
  frames_.push_back(frame);
  mark();
}

void Profiler::leave() {
  const std::int64_t now = this->now();
  const Frame frame = frames_.back();
  frames_.pop_back();
  pause(frame, now);
  for (std::size_t i = frame.first_paused; i < frames_.size(); ++i) resume(frames_[i], now);
  if (frame.kind == SpanKind::step) finish_step(now - frame.begin);
  if (frame.kind == SpanKind::apart) finish_interlude(frame.node->name, now - frame.begin);
  if (!frames_.empty()) mark();
}

void Profiler::pause(const Frame& frame, std::int64_t now) {
  frame.node->in_this_step += now - frame.begin;
  if (frame.event != kNoEvent) events_[frame.event].duration = now - frame.begin;
}

void Profiler::resume(Frame& frame, std::int64_t now) {
  frame.begin = now;
  frame.event = kNoEvent;
  if (events_of_step_ >= options_.time_line_events) return;
  ++events_of_step_;
  frame.event = events_.size();
  events_.push_back({frame.node, num_steps_, now, 0});
}

/// A step always runs; of the frames inside it, those from the latest component on.
std::size_t Profiler::first_running() const {
  for (std::size_t i = frames_.size(); i-- > 1;)
    if (frames_[i].kind == SpanKind::component) return i;
  return 1;
}

const ProfileNode* Profiler::component_at_work() const {
  const ProfileNode* node = frames_.back().node;
  while (node->around != nullptr && node->around != &step_) node = node->around;
  return node;
}

void Profiler::claim(const void* object, const char* component) {
  if (!frames_.empty() && frames_.front().kind == SpanKind::step)
    owners_.emplace_back(object, component);
}

const char* Profiler::owner_of(const void* object, const char* otherwise) const {
  // The latest: an object that is gone may have left its address to another.
  const auto found = std::find_if(
      owners_.rbegin(), owners_.rend(), [object](const auto& own) { return own.first == object; });
  return found == owners_.rend() ? otherwise : found->second;
}

void Profiler::mark() {
  if (options_.next_operation && backward_depth_ == 0)
    marks_.emplace_back(options_.next_operation(), frames_.back().node);
}

void Profiler::begin_backward() { backward_depth_ = frames_.size(); }

void Profiler::differentiate(std::int64_t operation) {
  if (backward_depth_ == 0 || operation < 0) return;
  const auto path = makers_of(static_cast<std::uint64_t>(operation));
  std::size_t common = 0;
  while (common < path.size() && backward_depth_ + common < frames_.size() &&
         frames_[backward_depth_ + common].node->name == path[common]->name)
    ++common;
  while (frames_.size() > backward_depth_ + common) leave();
  for (std::size_t i = common; i < path.size(); ++i) enter(SpanKind::part, path[i]->name.c_str());
}

void Profiler::end_backward() {
  while (backward_depth_ > 0 && frames_.size() > backward_depth_) leave();
  backward_depth_ = 0;
}

/// From the component to its innermost part; empty for what was made outside all components, or by
/// the backward pass.
std::vector<const ProfileNode*> Profiler::makers_of(std::uint64_t operation) const {
  auto after = std::upper_bound(
      marks_.begin(), marks_.end(), operation, [](std::uint64_t wanted, const auto& mark) {
        return wanted < mark.first;
      });
  std::vector<const ProfileNode*> out;
  if (after == marks_.begin()) return out;
  const ProfileNode* node = std::prev(after)->second;
  for (; node != nullptr && node != &step_; node = node->around) out.push_back(node);
  std::reverse(out.begin(), out.end());
  if (!out.empty() && out.front() == component_at_work()) out.clear();
  return out;
}

void Profiler::finish_step(std::int64_t duration) {
  std::int64_t in_components = 0;
  for (const auto& component : step_.parts) in_components += component->in_this_step;
  part_of(step_, "rest")->in_this_step += step_.in_this_step - in_components;
  total_ += duration;
  ++num_steps_;
  note_step(step_);
  forget_events();
}

void Profiler::note_step(ProfileNode& node) {
  node.in_steps.resize(static_cast<std::size_t>(std::min(num_steps_, options_.window)), 0);
  node.in_steps[static_cast<std::size_t>((num_steps_ - 1) % options_.window)] = node.in_this_step;
  node.in_this_step = 0;
  for (const auto& part : node.parts) note_step(*part);
}

std::vector<std::int64_t> Profiler::latest(const ProfileNode& node) const {
  std::vector<std::int64_t> out = node.in_steps;
  if (num_steps_ > options_.window)
    std::rotate(out.begin(), out.begin() + num_steps_ % options_.window, out.end());
  return out;
}

void Profiler::finish_interlude(const std::string& name, std::int64_t duration) {
  auto found = std::find_if(interludes_.begin(), interludes_.end(), [&name](const auto& own) {
    return own.name == name;
  });
  if (found == interludes_.end()) found = interludes_.insert(found, {name});
  ++found->count;
  found->total += duration;
}

/// Whole steps, so that nothing loses what it lies in.
void Profiler::forget_events() {
  while (!events_.empty() && events_.front().step < num_steps_ - 1 &&
         (events_.front().step < num_steps_ - options_.time_line_steps ||
          events_.size() > options_.time_line_events)) {
    const std::int64_t oldest = events_.front().step;
    while (!events_.empty() && events_.front().step == oldest) events_.pop_front();
  }
}

}  // namespace elbow
