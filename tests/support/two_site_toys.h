#pragma once

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/core/grad_mode.h>

#include <cmath>

#include "elbow/inference/guides/guide.h"
#include "elbow/models/generative/generative_model.h"
#include "elbow/probability/distributions/bernoulli.h"
#include "elbow/probability/distributions/independent.h"
#include "elbow/probability/distributions/normal.h"

namespace elbow::testing {

/// A model or guide of a few numbers, each row of the batch with its own copy of them: the gradient
/// of a batch mean in row b, times the batch, is one independent draw of the gradient. float64.
template <class Base>
class RowParameters : public Base {
 public:
  explicit RowParameters(const std::vector<double>& start)
      : rows_(Base::register_parameter("rows", at::tensor(start, at::kDouble).unsqueeze(0))) {}
  /// The same numbers for `count` rows. @return the new leaf
  void repeat(std::int64_t count) {
    const at::NoGradGuard no_grad;
    rows_.set_data(rows_[0].unsqueeze(0).repeat({count, 1}));
    rows_.mutable_grad() = Tensor();
  }
  const Tensor& rows() const { return rows_; }

 protected:
  /// Number i of each row, [B, 1].
  Tensor number(std::int64_t i, std::int64_t batch) const {
    return rows_.narrow(1, i, 1).expand({batch, 1});
  }

 private:
  Tensor rows_;
};

inline DistributionPtr bell(const Tensor& loc, const Tensor& log_scale) {
  return std::make_shared<DiagNormal>(loc, log_scale.expand_as(loc));
}
inline DistributionPtr bernoulli_of(const Tensor& logits) {
  return std::make_shared<Independent>(std::make_shared<Bernoulli>(logits), 1);
}

/// What every toy model has in common: it is scored, never drawn from.
class ToyModel : public RowParameters<GenerativeModel> {
 public:
  using RowParameters::RowParameters;
  std::vector<SiteSpec> sites() const override { return {{"z", {1}}}; }
  Trace sample(std::int64_t, const ModelContext&) override { throw std::logic_error("not drawn"); }
  /// @param x [B, 1]
  virtual Trace score(const Tensor& x, const Trace& guide) = 0;
  Trace score(const Batch& batch, const Trace& latents, const ModelContext&) override {
    return score(batch.x, latents);
  }
};

/// What every toy guide has in common: `visit` makes its sites in turn.
class ToyGuide : public RowParameters<Guide> {
 public:
  using RowParameters::RowParameters;
  ConditionedGuidePtr condition(const Batch& batch) override {
    return std::make_shared<Conditioned>(*this, batch.x, /*is_detached=*/false);
  }
  Trace propose(const Tensor& x, std::int64_t count, RandomSource& source) {
    return condition({x})->draw(count, source, DrawGradient::pathwise);
  }
  Trace score_sites(const Tensor& x, const Trace& values) { return condition({x})->score(values); }

 protected:
  using Value = std::function<Tensor(const std::string& name, const DistributionPtr& q)>;
  virtual Trace visit(const Tensor& x, const Value& value) const = 0;
  static Tensor add(Trace& trace,
                    const std::string& name,
                    const DistributionPtr& q,
                    const Value& value) {
    const Tensor drawn = value(name, q);
    trace.add(Site(name, q, drawn, /*is_observed=*/false));
    return drawn;
  }

 private:
  class Conditioned : public ConditionedGuide {
   public:
    Conditioned(const ToyGuide& guide, Tensor x, bool is_detached)
        : guide_(guide), x_(std::move(x)), is_detached_(is_detached) {}
    Trace draw(std::int64_t count, RandomSource& source, DrawGradient gradient) const override {
      const bool has_path = gradient == DrawGradient::pathwise;
      return visit([&](const std::string&, const DistributionPtr& q) {
        const Shape shape = q->batch_shape().size() > 1 ? Shape{} : Shape{count};
        if (has_path && q->traits().has_rsample) return q->rsample(shape, source);
        return q->sample(shape, source).detach();
      });
    }
    Trace score(const Trace& values) const override {
      return visit(
          [&](const std::string& name, const DistributionPtr&) { return values.at(name).value(); });
    }
    ConditionedGuidePtr detach() const override {
      return std::make_shared<Conditioned>(guide_, x_, /*is_detached=*/true);
    }
    DistributionPtr distribution(const std::string& site, const Trace& given) const override {
      return guide_
          .visit(x_,
                 [&](const std::string& name, const DistributionPtr& q) {
                   const Site* known = given.find(name);
                   return known != nullptr ? known->value() : q->location();
                 })
          .at(site)
          .dist_ptr();
    }

   private:
    /// Of several sites each depends on the values before it: whoever asks freezes the parameters.
    Trace visit(const Value& value) const {
      const Trace made = guide_.visit(x_, value);
      if (!is_detached_ || made.sites().size() > 1) return made;
      const Site& site = made.sites().front();
      Trace out;
      out.add(site.with(site.dist().detach(), site.value()));
      return out;
    }
    const ToyGuide& guide_;
    Tensor x_;
    bool is_detached_;
  };
};

/// u ~ N(0, 1), z | u ~ N(t0 u, 1), x | z ~ N(z + t1, 1).
class NormalModel : public ToyModel {
 public:
  NormalModel() : ToyModel({0.7, -0.2}) {}
  Trace score(const Tensor& x, const Trace& guide) override {
    const std::int64_t batch = x.size(0);
    const Tensor &u = guide.at("u").value(), &z = guide.at("z").value();
    const Tensor zero = at::zeros({1}, at::kDouble);
    Trace out;
    out.add(Site("u", bell(zero, zero), u, false));
    out.add(Site("z", bell(number(0, batch) * u, zero), z, false));
    out.add(Site("x", bell(z + number(1, batch), zero), x, true));
    return out;
  }
};

/// u ~ N(f0, e^2f1), z | u ~ N(f2 + f3 u, e^2f4).
class NormalGuide : public ToyGuide {
 public:
  NormalGuide() : ToyGuide({0.3, -0.2, 0.4, 0.25, -0.4}) {}

 protected:
  Trace visit(const Tensor& x, const Value& value) const override {
    const std::int64_t batch = x.size(0);
    Trace out;
    const Tensor u = add(out, "u", bell(number(0, batch), number(1, batch)), value);
    add(out, "z", bell(number(2, batch) + number(3, batch) * u, number(4, batch)), value);
    return out;
  }
};

/// u ~ Bern(s(t0)), z | u ~ Bern(s(t1 u + 0.2)), x | u, z ~ N(t2 + z + u / 2, 1).
class BernoulliModel : public ToyModel {
 public:
  BernoulliModel() : ToyModel({0.4, -0.6, 0.3}) {}
  Trace score(const Tensor& x, const Trace& guide) override {
    const std::int64_t batch = x.size(0);
    const Tensor &u = guide.at("u").value(), &z = guide.at("z").value();
    Trace out;
    out.add(Site("u", bernoulli_of(number(0, batch)), u, false));
    out.add(Site("z", bernoulli_of(number(1, batch) * u + 0.2), z, false));
    const Tensor zero = at::zeros({1}, at::kDouble);
    out.add(Site("x", bell(number(2, batch) + z + u / 2, zero), x, true));
    return out;
  }
};

/// z ~ Bern(s(f0)), u | z ~ Bern(s(f1 + f2 z)): the other way round than the model.
class BernoulliGuide : public ToyGuide {
 public:
  BernoulliGuide() : ToyGuide({0.3, -0.5, 0.8}) {}

 protected:
  Trace visit(const Tensor& x, const Value& value) const override {
    const std::int64_t batch = x.size(0);
    Trace out;
    const Tensor z = add(out, "z", bernoulli_of(number(0, batch)), value);
    add(out, "u", bernoulli_of(number(1, batch) + number(2, batch) * z), value);
    return out;
  }
};

/// One site of two Bernoulli variables: z_i ~ Bern(s(t_i)), x | z ~ N(t2 + z_0 + z_1 / 2 + 0.3 z_0
/// z_1, 1).
class BernoulliPairModel : public ToyModel {
 public:
  BernoulliPairModel() : ToyModel({0.4, -0.6, 0.3}) {}
  Trace score(const Tensor& x, const Trace& guide) override {
    const std::int64_t batch = x.size(0);
    const Tensor& z = guide.at("z").value();
    const Tensor first = z.narrow(-1, 0, 1), second = z.narrow(-1, 1, 1);
    Trace out;
    out.add(Site("z", bernoulli_of(at::cat({number(0, batch), number(1, batch)}, 1)), z, false));
    const Tensor zero = at::zeros({1}, at::kDouble);
    out.add(Site(
        "x", bell(number(2, batch) + first + second / 2 + 0.3 * first * second, zero), x, true));
    return out;
  }
};

class BernoulliPairGuide : public ToyGuide {
 public:
  BernoulliPairGuide() : ToyGuide({0.5, -1.1}) {}

 protected:
  Trace visit(const Tensor& x, const Value& value) const override {
    const std::int64_t batch = x.size(0);
    Trace out;
    add(out, "z", bernoulli_of(at::cat({number(0, batch), number(1, batch)}, 1)), value);
    return out;
  }
};

/// Gives what it was told, in order.
class GivenNoise : public RandomSource {
 public:
  explicit GivenNoise(std::vector<Tensor> noise) : noise_(std::move(noise)) {}
  Tensor normal(at::IntArrayRef shape, const at::TensorOptions&) override { return next(shape); }
  Tensor uniform(at::IntArrayRef shape, const at::TensorOptions&) override { return next(shape); }

 private:
  Tensor next(at::IntArrayRef shape) {
    const Tensor out = noise_.at(position_++);
    TORCH_CHECK(out.sizes() == shape, "noise ", out.sizes(), " for ", shape);
    return out;
  }
  std::vector<Tensor> noise_;
  std::size_t position_ = 0;
};

}  // namespace elbow::testing
