#include "collect/action_signs.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>

#include "base/text.h"
#include "calendar/instant.h"

namespace opt_data::collect {
namespace {

using Strikes = std::set<Strike>;

constexpr std::size_t strikes_min = 5;  // Fewer are no pattern.
constexpr double gone_min = 0.5;        // Of the strikes; exchanges delist some every week.
constexpr double ratio_min = 0.8;       // Of them, found again at the ratio.
constexpr std::int64_t rounding_mills = 5;
constexpr std::array ratios{2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 10.0, 15.0, 20.0, 25.0, 30.0, 50.0};

bool has_near(const Strikes& strikes, std::int64_t mills) {
  const auto found = strikes.lower_bound(Strike{mills - rounding_mills});
  return found != strikes.end() && found->mills <= mills + rounding_mills;
}

double share_at(const Strikes& before, const Strikes& now, double factor) {
  const auto found = std::ranges::count_if(before, [&](Strike strike) {
    return has_near(now, std::llround(static_cast<double>(strike.mills) * factor));
  });
  return static_cast<double>(found) / static_cast<double>(before.size());
}

std::string strikes_sign(const Underlying& symbol, const Strikes& before, const Strikes& now) {
  if (before.size() < strikes_min || now.empty()) return {};
  const auto gone = static_cast<std::size_t>(
      std::ranges::count_if(before, [&](Strike strike) { return !now.contains(strike); }));
  if (static_cast<double>(gone) < gone_min * static_cast<double>(before.size())) return {};
  double best = 0, ratio = 0;
  bool reverse = false;
  for (const double each : ratios) {
    for (const bool up : {false, true}) {
      const double share = share_at(before, now, up ? each : 1 / each);
      if (share <= best) continue;
      best = share;
      ratio = each;
      reverse = up;
    }
  }
  const std::string evidence =
      fmt::format("{} of {} strikes are not listed any more", gone, before.size());
  if (best < ratio_min)
    return fmt::format(
        "{}: a special dividend, a spin-off or a merger is suspected: {}", symbol, evidence);
  const auto whole = static_cast<int>(ratio);
  return fmt::format(
      "{}: a {} split is suspected: {}, and {:.0f} % are at {}", symbol,
      reverse ? fmt::format("1-for-{} reverse", whole) : fmt::format("{}-for-1", whole), evidence,
      best * 100,
      reverse ? fmt::format("{} times that", whole) : fmt::format("1/{} of that", whole));
}

}  // namespace

std::set<std::string> adjusted_classes(const OptionChain& chain) {
  const auto is_digit = [](char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; };
  std::set<std::string> classes;
  for (const Listing& listing : chain.listings) {
    const std::string& name = listing.trading_class;
    const std::string& symbol = chain.underlying;
    if (name.size() != symbol.size() + 1) continue;
    if ((name.starts_with(symbol) && is_digit(name.back())) ||
        (name.ends_with(symbol) && is_digit(name.front())))
      classes.insert(name);
  }
  return classes;
}

std::vector<std::string> action_signs(
    const ListedBefore& before, const UnderlyingContract& underlying, const OptionChain& chain,
    std::chrono::year_month_day today) {
  std::vector<std::string> signs;
  const Underlying& symbol = chain.underlying;
  if (before.underlying_id && *before.underlying_id != underlying.id)
    signs.push_back(fmt::format(
        "{}: another listing is suspected behind the symbol: its contract id was {} and is {}",
        symbol, *before.underlying_id, underlying.id));

  Strikes strikes_before, strikes_now;
  std::vector<std::string> withdrawn;
  std::size_t ahead = 0;
  for (const KnownListing& known : before.known.listings) {
    if (known.trading_class != symbol || known.expiry <= today || known.candidates.empty())
      continue;
    ++ahead;
    const auto listed = std::ranges::find_if(chain.listings, [&](const Listing& listing) {
      return listing.expiry == known.expiry && listing.trading_class == known.trading_class;
    });
    if (listed == chain.listings.end()) {
      withdrawn.push_back(iso(known.expiry));
      continue;
    }
    strikes_before.insert(known.candidates.begin(), known.candidates.end());
    strikes_now.insert(listed->strikes.begin(), listed->strikes.end());
  }
  if (ahead > 0 && withdrawn.size() == ahead) {
    signs.push_back(fmt::format(
        "{}: a delisting or a merger is suspected: none of its {} known expiries is listed any "
        "more",
        symbol, ahead));
  } else if (!withdrawn.empty()) {
    signs.push_back(fmt::format(
        "{}: withdrawn options are suspected: {} not listed any more before {} day", symbol,
        fmt::join(withdrawn, ", "), withdrawn.size() == 1 ? "its" : "their"));
  }
  if (std::string sign = strikes_sign(symbol, strikes_before, strikes_now); !sign.empty())
    signs.push_back(std::move(sign));

  for (const std::string& name : adjusted_classes(chain))
    if (!before.known.adjusted_classes.contains(name))
      signs.push_back(fmt::format(
          "{}: adjusted options are listed as {}: a split, a special dividend, a spin-off or a "
          "merger",
          symbol, name));
  return signs;
}

std::string gone_sign(const KnownListings& known) {
  if (known.listings.empty()) return {};
  return fmt::format(
      "{}: a symbol change, a merger or a delisting is suspected: the broker does not know it any "
      "more",
      known.underlying);
}

}  // namespace opt_data::collect
