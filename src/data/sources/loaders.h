#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "elbow/data/sources/named_set.h"

namespace elbow::data {

/// Image files of a named folder or a user's own. @throws DataError
RawData load_image_folder(const ConfigNode& config,
                          const std::string& name,
                          std::uint64_t run_seed);
RawData load_idx_files(const ConfigNode& config, std::uint64_t run_seed);
/// The labels in the file beside a file of images; none where there is no such file.
/// @throws DataError where they are not as many as the images: one of the files is the wrong one
std::vector<double> labels_beside(const std::string& image_file, std::int64_t num_images);
RawData load_table(const ConfigNode& config, std::uint64_t run_seed);
/// Documents as word counts, from LDA-C files.
RawData load_bag_of_words(const ConfigNode& config, std::uint64_t run_seed);
/// A table whose rows are time steps, cut into sequences: [N, T, D] with NaN past their ends.
RawData load_sequences(const ConfigNode& config, std::uint64_t run_seed);
/// Sequences drawn from a Gaussian hidden Markov model, with their exact mean log density.
RawData make_hmm(const ConfigNode& config, std::uint64_t run_seed);
/// Documents drawn from a few topics, as word counts.
RawData make_topics(const ConfigNode& config, std::uint64_t run_seed);
/// Rows whose last column is a linear response to the others, in groups or not.
RawData make_regression(const ConfigNode& config, std::uint64_t run_seed);
RawData make_classification(const ConfigNode& config, std::uint64_t run_seed);
RawData make_linear_gaussian(const ConfigNode& config, std::uint64_t run_seed);
/// Draws from a mixture of spherical Gaussians (GaussianMixture), with their exact mean log
/// density.
RawData make_mixture(const ConfigNode& config, std::uint64_t run_seed);
/// Two interleaving half circles with normal noise: (cos t, sin t) or (1 - cos t, 1/2 - sin t),
/// each with probability 1/2, t uniform in (0, pi).
RawData make_two_moons(const ConfigNode& config, std::uint64_t run_seed);
/// Zero with some probability, else negative binomial with mean m_d exp((W z)_d), z standard
/// normal; the parameters stand among the facts of the set.
RawData make_counts(const ConfigNode& config, std::uint64_t run_seed);
RawData make_synthetic_images(const ConfigNode& config, std::uint64_t run_seed);

/// Moves the last `size` rows of train to valid; 0 leaves everything. @throws DataError when valid
/// is there already or nothing would be left
void split_validation(RawData& data, std::int64_t size, const std::string& name);
/// Rows [first, first + count) of an array.
Array slice_rows(const Array& array, std::int64_t first, std::int64_t count);
/// The value of a seed key, or the run's seed for the word "run".
std::uint64_t seed_of(const ConfigNode& config, const std::string& key, std::uint64_t run_seed);
/// Refuses synthetic sets that would not fit in memory. @throws DataError
void check_synthetic_size(std::int64_t rows, std::int64_t bytes_per_row);
/// @throws DataError naming the count when an f32 or f64 array holds NaN or infinity
void refuse_non_finite(const Array& array,
                       const std::string& file,
                       const std::string& help =
                           "fill in or leave out the examples that hold "
                           "them");

}  // namespace elbow::data
