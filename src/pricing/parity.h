// The forward that a chain itself implies, for where the underlying was not recorded.
//
// Put-call parity: call - put = discount (forward - strike), whatever the model. Every strike with
// both mids gives one estimate. Those far from the money have wide spreads and, on American
// options, a premium for early exercise, so only the nearest few count; a median, so that one stale
// quote among them does not. American options obey parity only nearly: expect an error of the order
// of the carry between now and expiry.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

namespace opt_data::pricing {

// Mids per share of the call and the put at one strike.
struct ParityQuote {
  double strike;
  double call_mid;
  double put_mid;
};

struct ImpliedForward {
  double forward;
  double deviation;     // Median distance of the estimates from `forward`: how far to trust it.
  std::size_t strikes;  // How many were used.
};

constexpr std::size_t parity_strikes_max = 7;

// Quotes in any order. Skips those with a mid or strike that is not a positive number. Empty where
// none is left, the discount is not positive, or the chain implies a forward that is not positive.
std::optional<ImpliedForward> implied_forward(
    std::span<const ParityQuote> quotes, double discount,
    std::size_t strikes_max = parity_strikes_max);

}  // namespace opt_data::pricing
