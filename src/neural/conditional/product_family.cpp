#include "product_family.h"

#include <ATen/ops/cat.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>

#include <cmath>

#include "elbow/probability/distributions/bernoulli.h"
#include "elbow/probability/distributions/beta.h"
#include "elbow/probability/distributions/dirichlet.h"
#include "elbow/probability/distributions/gamma.h"
#include "elbow/probability/distributions/independent.h"
#include "elbow/probability/distributions/location_scale.h"
#include "elbow/probability/distributions/student_t.h"
#include "elbow/probability/distributions/von_mises_fisher.h"

namespace elbow {
namespace {

/// One univariate distribution for each unit, read as one event.
template <class Univariate, class... Tensors>
DistributionPtr product(const Tensors&... tensors) {
  return std::make_shared<Independent>(std::make_shared<Univariate>(tensors...), 1);
}

template <class Univariate>
DistributionPtr pair(const std::vector<Tensor>& t, const Tensor&) {
  return product<Univariate>(t[0], t[1]);
}

DistributionPtr make_bernoulli(const std::vector<Tensor>& t, const Tensor&) {
  return product<Bernoulli>(t[0]);
}

DistributionPtr make_student_t(const std::vector<Tensor>& t, const Tensor&) {
  return product<StudentT>(t[0], t[1], t[2]);
}

DistributionPtr make_dirichlet(const std::vector<Tensor>& t, const Tensor&) {
  return std::make_shared<Dirichlet>(t[0]);
}

DistributionPtr make_von_mises_fisher(const std::vector<Tensor>& t, const Tensor& shared) {
  return std::make_shared<VonMisesFisher>(t[0], shared);
}

/// Whether one unit says nothing of the others: not where all lie on one surface.
bool has_free_units(SupportKind support) {
  return support != SupportKind::simplex && support != SupportKind::sphere;
}

/// Priors to which a posterior's KL has a closed form.
std::vector<std::string> closed_form_priors(const ProductRow& row) {
  const std::string name = row.name;
  if (name == "logistic" || name == "student_t") return {};
  return {row.latent_kind == SupportKind::sphere ? "uniform_sphere" : name};
}

constexpr char kImplicit[] =
    "Figurnov, Mohamed, Mnih, Implicit reparameterization gradients, 2018, arXiv:1805.08498";

}  // namespace

const std::vector<ProductRow>& ProductFamily::rows() {
  // Degrees of freedom begin at 5: a variance, and tails that are not a normal's.
  static const std::vector<ProductRow> kRows{
      {"laplace", "Laplace, one per unit", "", SupportKind::real, {0, 0}, 0, pair<Laplace>},
      {"logistic", "logistic, one per unit", "", SupportKind::real, {0, 0}, 0, pair<Logistic>},
      {"student_t",
       "Student's t, one per unit, with learned degrees of freedom",
       kImplicit,
       SupportKind::real,
       {std::log(5.0), 0, 0},
       0,
       make_student_t},
      {"log_normal",
       "log-normal, one per unit",
       "",
       SupportKind::positive,
       {0, 0},
       0,
       pair<LogNormal>},
      {"gamma", "gamma, one per unit", kImplicit, SupportKind::positive, {0, 0}, 0, pair<Gamma>},
      {"beta", "beta, one per unit", kImplicit, SupportKind::unit_interval, {0, 0}, 0, pair<Beta>},
      {"dirichlet",
       "Dirichlet over the units",
       kImplicit,
       SupportKind::simplex,
       {0},
       0,
       make_dirichlet},
      {"von_mises_fisher",
       "von Mises-Fisher on the unit sphere",
       "Davidson et al., Hyperspherical variational auto-encoders, 2018, arXiv:1804.00891, section "
       "3",
       SupportKind::sphere,
       {1},
       1,
       make_von_mises_fisher},
      {"bernoulli",
       "Bernoulli, one per unit, by its logit",
       "Mnih, Gregor, 2014, arXiv:1402.0030, section 2",
       SupportKind::binary,
       {0},
       0,
       make_bernoulli},
  };
  return kRows;
}

ComponentInfo ProductFamily::info(const ProductRow& row) {
  PosteriorTraits traits;
  traits.latent_kind = row.latent_kind;
  traits.pathwise = row.latent_kind != SupportKind::binary;
  traits.has_units = has_free_units(row.latent_kind);
  traits.closed_form_kl = closed_form_priors(row);
  return ComponentInfo::of(row.name, row.summary).source(row.paper).with(traits);
}

ProductFamily::ProductFamily(const ProductRow& row,
                             const ConfigNode& node,
                             const BuildContext& context)
    : row_(row), size_(context.event_size()) {
  if (size_ < 2 && !has_free_units(row.latent_kind))
    node.refuse("a " + word_of(row.latent_kind) + " needs at least 2 latent units, got 1",
                "set model.latent_size=2 or more");
}

Layout ProductFamily::layout() const {
  // Every row of the table hands its tensors to the distribution in the order in which that names
  // them.
  Layout out;
  for (const auto& [name, tensor] : distribution(initial())->parameters())
    out.push_back({name, tensor.sizes().vec()});
  return out;
}

DistributionPtr ProductFamily::distribution(const Tensor& flat) const {
  std::vector<Tensor> tensors;
  for (std::size_t i = 0; i < row_.start.size(); ++i)
    tensors.push_back(flat.narrow(-1, static_cast<std::int64_t>(i) * size_, size_));
  const std::int64_t own = static_cast<std::int64_t>(row_.start.size()) * size_;
  return row_.make(tensors, flat.narrow(-1, own, row_.num_shared));
}

Tensor ProductFamily::initial() const {
  std::vector<Tensor> parts;
  for (const double value : row_.start) parts.push_back(at::full({size_}, value));
  parts.push_back(at::zeros({row_.num_shared}));
  return at::cat(parts);
}

}  // namespace elbow
