#include "pricing/parity.h"
#include "pricing/numbers.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace opt_data::pricing {
namespace {

struct Estimate {
  double strike;
  double forward;
};

// Requires: values is not empty.
double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  if (values.size() % 2 == 1) return *middle;
  return 0.5 * (*middle + *std::max_element(values.begin(), middle));
}

double median_forward(std::span<const Estimate> estimates) {
  std::vector<double> forwards;
  forwards.reserve(estimates.size());
  for (const Estimate& estimate : estimates) forwards.push_back(estimate.forward);
  return median(std::move(forwards));
}

}  // namespace

std::optional<ImpliedForward> implied_forward(
    std::span<const ParityQuote> quotes, double discount, std::size_t strikes_max) {
  if (!positive(discount) || strikes_max == 0) return std::nullopt;
  std::vector<Estimate> estimates;
  for (const ParityQuote& quote : quotes) {
    if (!positive(quote.strike) || !positive(quote.call_mid) || !positive(quote.put_mid)) continue;
    estimates.push_back({quote.strike, quote.strike + (quote.call_mid - quote.put_mid) / discount});
  }
  if (estimates.empty()) return std::nullopt;

  // Where the money is, the whole chain decides: the smallest |call - put| may be a stale quote.
  const double money = median_forward(estimates);
  std::sort(estimates.begin(), estimates.end(), [money](const Estimate& a, const Estimate& b) {
    const double a_distance = std::abs(a.strike - money);
    const double b_distance = std::abs(b.strike - money);
    return a_distance != b_distance ? a_distance < b_distance : a.strike < b.strike;
  });
  estimates.resize(std::min(estimates.size(), strikes_max));
  const double forward = median_forward(estimates);
  if (!positive(forward)) return std::nullopt;

  std::vector<double> distances;
  distances.reserve(estimates.size());
  for (const Estimate& estimate : estimates)
    distances.push_back(std::abs(estimate.forward - forward));
  return ImpliedForward{
      .forward = forward, .deviation = median(std::move(distances)), .strikes = estimates.size()};
}

}  // namespace opt_data::pricing
