#include "elbow/inference/particles/stein_kernel.h"

namespace elbow {
namespace {

using KernelFactory = Factory<SteinKernelPtr>;

KernelFactory::Row radial_row(kernels::RadialKernel kernel,
                              const std::string& name,
                              const std::string& summary,
                              const std::string& paper) {
  return {ComponentInfo::of(name, summary)
              .source(paper)
              .takes({Parameter::section("bandwidth", "bandwidth", "h, in |x - y|^2 / h")
                          .defaults(Json::object())}),
          [kernel](const ConfigNode& node) -> SteinKernelPtr {
            return std::make_shared<RadialSteinKernel>(kernel,
                                                       Bandwidth::from(node.child("bandwidth")));
          }};
}

KernelFactory::Row linear_row() {
  return {
      ComponentInfo::of("linear",
                        "1 + x'y: at rest the particles have the mean and the covariance of a "
                        "normal target, from dimension + 2 particles on; nothing else of them "
                        "is held apart")
          .source("Liu, Wang, Stein variational gradient descent as moment matching, 2018, "
                  "arXiv:1810.11693, section 3"),
      [](const ConfigNode&) -> SteinKernelPtr { return std::make_shared<LinearSteinKernel>(); }};
}

KernelFactory::Row sum_row() {
  return {ComponentInfo::of("sum", "The sum of several kernels")
              .source("Liu, Wang, Stein variational gradient descent, 2016, arXiv:1608.04471, "
                      "section 3.1")
              .takes({Parameter::components("kernels", "stein_kernel", "what is added up")}),
          [](const ConfigNode& node) -> SteinKernelPtr {
            std::vector<SteinKernelPtr> kernels;
            for (const ConfigNode& each : node.children("kernels"))
              kernels.push_back(stein_kernel_factory().create(each));
            if (kernels.empty())
              node.refuse("expected at least one kernel, got none", "", "kernels");
            return std::make_shared<SumSteinKernel>(std::move(kernels));
          }};
}

}  // namespace

KernelFactory& stein_kernel_factory() {
  static KernelFactory factory(
      "stein_kernel",
      {radial_row(
           kernels::RadialKernel::exponential,
           "rbf",
           "exp(-|x - y|^2 / h)",
           "Liu, Wang, Stein variational gradient descent, 2016, arXiv:1608.04471, section 5"),
       radial_row(kernels::RadialKernel::inverse_multiquadric,
                  "imq",
                  "(1 + |x - y|^2 / h)^(-1/2): its long tails hold particles further apart",
                  "Gorham, Mackey, Measuring sample quality with kernels, 2017, arXiv:1703.01717, "
                  "section 3"),
       linear_row(),
       sum_row()});
  return factory;
}

}  // namespace elbow
