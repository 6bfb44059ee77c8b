#include "elbow/probability/distributions/kl.h"

#include "elbow/probability/distributions/independent.h"
#include "kl_rows.h"
#include "tensor_ops.h"

namespace elbow {
namespace {

const std::vector<KlRow>& all_kl_rows() {
  static const std::vector<KlRow> rows = [] {
    std::vector<KlRow> out = normal_kl_rows();
    for (const auto& more : {continuous_kl_rows(), gamma_kl_rows(), discrete_kl_rows()})
      out.insert(out.end(), more.begin(), more.end());
    return out;
  }();
  return rows;
}

const KlRow* find_kl_row(const Distribution& p, const Distribution& q) {
  const std::string p_name = p.name(), q_name = q.name();
  for (const KlRow& row : all_kl_rows())
    if (p_name == row.p && q_name == row.q) return &row;
  return nullptr;
}

/// Two events read from batch dimensions in the same way; `p` is null when these are not such.
struct IndependentPair {
  IndependentPair(const Distribution& first, const Distribution& second)
      : p(dynamic_cast<const Independent*>(&first)), q(dynamic_cast<const Independent*>(&second)) {
    if (!p || !q || p->num_dims() != q->num_dims()) p = q = nullptr;
  }
  const Independent* p;
  const Independent* q;
};

}  // namespace

std::optional<Tensor> kl_per_dimension(const Distribution& p, const Distribution& q) {
  const IndependentPair events(p, q);
  if (events.p) return kl_per_dimension(events.p->base(), events.q->base());
  const KlRow* row = find_kl_row(p, q);
  if (!row || !row->is_per_dimension) return std::nullopt;
  return row->terms(p, q);
}

std::optional<Tensor> kl_divergence(const Distribution& p, const Distribution& q) {
  const IndependentPair events(p, q);
  if (events.p) {
    auto of_bases = kl_divergence(events.p->base(), events.q->base());
    if (!of_bases) return std::nullopt;
    return sum_last(*of_bases, events.p->num_dims());
  }
  const KlRow* row = find_kl_row(p, q);
  if (!row) return std::nullopt;
  const Tensor terms = row->terms(p, q);
  const auto event_rank = static_cast<std::int64_t>(p.event_shape().size());
  return row->is_per_dimension ? sum_last(terms, event_rank) : terms;
}

std::vector<std::pair<std::string, std::string>> closed_form_kl_pairs() {
  std::vector<std::pair<std::string, std::string>> out;
  for (const KlRow& row : all_kl_rows()) out.emplace_back(row.p, row.q);
  out.emplace_back("independent", "independent");
  return out;
}

}  // namespace elbow
