#include "elbow/neural/nn/gradient_sink.h"

namespace elbow {
namespace {

thread_local bool sink_is_on = false;

}  // namespace

AccumulatesToLeaves::AccumulatesToLeaves() : before_(sink_is_on) { sink_is_on = true; }
AccumulatesToLeaves::~AccumulatesToLeaves() { sink_is_on = before_; }
bool AccumulatesToLeaves::is_on() { return sink_is_on; }

}  // namespace elbow
