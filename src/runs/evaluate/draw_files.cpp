// Draws as files of other programs: CmdStan's CSV, NumPy's NPZ.
#include <ATen/TensorOperators.h>
#include <zlib.h>

#include <charconv>
#include <cmath>

#include "elbow/data/sources/formats.h"
#include "elbow/runs/evaluate/posterior_draws.h"

namespace elbow {
namespace {

/// "Sigma[1,2]" as CmdStan writes it: "Sigma.1.2".
std::string dotted(const std::string& name) {
  std::string out;
  for (const char c : name)
    if (c != ']') out += c == '[' || c == ',' ? '.' : c;
  return out;
}

void append_number(std::string& out, double value) {
  char text[40];
  if (std::isnan(value))
    out += "nan";
  else
    out.append(text, std::to_chars(text, text + sizeof text, value).ptr);
}

/// Of keys that the inference has, as CmdStan's comments name them.
std::string setting(const Json& inference, const char* key, const std::string& as) {
  return inference.contains(key) && !inference.at(key).is_null()
             ? "#     " + as + " = " + inference.at(key).dump() + "\n"
             : "";
}

/// As CmdStan names kinds of mass matrices; rstan does not read a file without it.
std::string stan_metric(const Json& inference) {
  const std::string mass = inference.value("mass", "diagonal");
  return mass == "diagonal" ? "diag_e" : mass == "dense" ? "dense_e" : "unit_e";
}

std::string configuration(const LatentDraws& draws,
                          std::int64_t chain,
                          const std::string& model,
                          const Json& inference,
                          std::uint64_t seed) {
  const bool are_chains = draws.kind == DrawKind::chains;
  const std::int64_t thin = are_chains ? inference.value("thin", std::int64_t{1}) : 1;
  // CmdStan counts iterations, rstan's read_stan_csv divides by `thin`.
  std::string out =
      "# elbow writes this file in the form of CmdStan's\n# stan_version_major = 2\n"
      "# stan_version_minor = 36\n# stan_version_patch = 0\n# model = " +
      model + "\n# method = sample\n#   sample\n#     num_samples = " +
      std::to_string(draws.num_draws() * thin) + "\n";
  out += are_chains ? setting(inference, "num_warmup", "num_warmup") : "#     num_warmup = 0\n";
  const std::string type = inference.value("type", "hmc");
  out += "#     save_warmup = 0\n#     thin = " + std::to_string(thin) + "\n";
  if (are_chains && type == "hmc")
    out += "#     algorithm = hmc\n#       hmc\n#         engine = " +
           std::string(inference.value("sampler", "nuts") == "nuts" ? "nuts" : "static") + "\n" +
           "#         metric = " + stan_metric(inference) + "\n" +
           setting(inference, "max_depth", "max_depth") +
           setting(inference, "target_acceptance", "delta");
  else
    out += "#     algorithm = " + std::string(are_chains ? type : "fixed_param") + "\n";
  out += "# id = " + std::to_string(chain + 1) + "\n# random\n#   seed = " + std::to_string(seed) +
         "\n";
  return out;
}

void append_little(std::string& out, std::uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>((value >> (8 * i)) & 0xFF);
}

/// A ZIP archive of files that are stored as they are. PKWARE, APPNOTE.TXT 6.3.10, sections 4.3.7
/// to 4.3.16.
class StoredArchive {
 public:
  void add(const std::string& name, const std::string& bytes) {
    const auto sum = static_cast<std::uint64_t>(
        crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size())));
    std::string common;
    append_little(common, 20, 2);      // version that is needed
    append_little(common, 0x0800, 2);  // names are UTF-8
    append_little(common, 0, 2);       // stored
    append_little(common, 0, 2);       // time
    append_little(common, 0x21, 2);    // date: 1980-01-01, so that equal draws give equal files
    append_little(common, sum, 4);
    append_little(common, bytes.size(), 4);
    append_little(common, bytes.size(), 4);
    append_little(common, name.size(), 2);
    append_little(common, 0, 2);  // extra field
    std::string entry;
    append_little(entry, 0x02014b50, 4);
    append_little(entry, 20, 2);
    entry += common;
    append_little(entry, 0, 2);  // comment
    append_little(entry, 0, 2);  // disk
    append_little(entry, 0, 2);  // internal attributes
    append_little(entry, 0, 4);  // external attributes
    append_little(entry, files_.size(), 4);
    directory_ += entry + name;
    append_little(files_, 0x04034b50, 4);
    files_ += common + name + bytes;
    ++count_;
  }
  std::string bytes() const {
    std::string out = files_ + directory_;
    append_little(out, 0x06054b50, 4);
    append_little(out, 0, 4);
    append_little(out, count_, 2);
    append_little(out, count_, 2);
    append_little(out, directory_.size(), 4);
    append_little(out, files_.size(), 4);
    append_little(out, 0, 2);
    return out;
  }

 private:
  std::string files_, directory_;
  std::uint64_t count_ = 0;
};

std::string npy_of(const Tensor& values) {
  const Tensor flat = values.contiguous();
  data::Array array;
  array.element = data::Element::f64;
  array.shape = flat.sizes().vec();
  const auto* bytes = static_cast<const unsigned char*>(flat.const_data_ptr());
  array.bytes.assign(bytes, bytes + flat.nbytes());
  return data::encode_npy(array);
}

}  // namespace

std::string cmdstan_csv(const LatentDraws& draws,
                        std::int64_t chain,
                        const std::string& model,
                        const Json& inference,
                        std::uint64_t seed) {
  std::string out = configuration(draws, chain, model, inference, seed);
  const bool has_statistics = draws.statistics.defined();
  std::string header = has_statistics ? "" : "lp__";
  for (const std::string& name : draws.statistic_names)
    header += (header.empty() ? "" : ",") + name;
  for (const std::string& name : draws.names) header += "," + dotted(name);
  out += header + "\n";
  const Tensor values = draws.values[chain].contiguous();
  const Tensor statistics = has_statistics ? draws.statistics[chain].contiguous() : Tensor();
  const double *value = values.const_data_ptr<double>(),
               *beside = has_statistics ? statistics.const_data_ptr<double>() : nullptr;
  for (std::int64_t s = 0; s < values.size(0); ++s) {
    // CmdStan, too, writes 0 where a draw's density is not known.
    if (!has_statistics) out += "0";
    for (std::size_t i = 0; i < draws.statistic_names.size(); ++i) {
      if (i > 0) out += ",";
      append_number(out, *beside++);
    }
    for (std::int64_t q = 0; q < values.size(1); ++q) {
      out += ",";
      append_number(out, *value++);
    }
    out += "\n";
  }
  return out;
}

std::string draws_npz(const LatentDraws& draws) {
  StoredArchive out;
  for (std::size_t i = 0; i < draws.statistic_names.size(); ++i)
    out.add(draws.statistic_names[i] + ".npy",
            npy_of(draws.statistics.select(2, static_cast<std::int64_t>(i))));
  for (std::size_t i = 0; i < draws.names.size(); ++i)
    out.add(draws.names[i] + ".npy", npy_of(draws.of(i)));
  return out.bytes();
}

}  // namespace elbow
