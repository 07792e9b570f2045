#include "sim/generic_ticks.h"

#include <algorithm>
#include <array>
#include <string>

#include "base/text.h"

namespace opt_data::sim {
namespace {

// As printed by TWS in error 321; "220/221" is one entry that both numbers name.
constexpr std::string_view legal_text =
    "100(Option Volume),101(Option Open Interest),105(Average Opt Volume),106(impvolat),165(Misc. "
    "Stats),221/220(Creditman Mark Price),225(Auction),232/221(Pl "
    "Price),233(RTVolume),236(inventory)"
    ",258/47(Fundamentals),293(TradeCount),294(TradeRate),295(VolumeRate),318(LastRTHTrade),375("
    "RTTrdVolume),411(rthistvol),456/59(IBDividends),460(Bond Factor Multiplier),577(EtfNavLast("
    "navlast)),586(IPOHLMPRC),587(Pl Price Delayed),588(Futures Open Interest),595(Short-Term "
    "Volume"
    " X Mins),614(EtfNavMisc(high/low)),619(Creditman Slow Mark Price),623(EtfFrozenNavLast("
    "fznavlast))";

constexpr std::array<int, 32> legal = {100, 101, 105, 106, 165, 221, 220, 225, 232, 233, 236,
                                       258, 47,  292, 293, 294, 295, 318, 375, 411, 456, 59,
                                       460, 499, 577, 586, 587, 588, 595, 614, 619, 623};

}  // namespace

Result<GenericTicks> parse_generic_ticks(std::string_view list, std::string_view sec_type) {
  GenericTicks ticks;
  for (std::string_view word : split(list, ',')) {
    word = trim(word);
    if (word.empty()) continue;
    ticks.any = true;
    if (word == "mdoff") {
      ticks.no_defaults = true;
      continue;
    }
    const auto number = parse_int(word);
    if (!number || std::ranges::find(legal, *number) == legal.end())
      return fail(Error{
          ErrorKind::refused,
          fmt::format(
              "Error validating request.-'bW' : cause - Incorrect generic tick list of {}.  Legal "
              "ones for ({}) are: {}",
              list, sec_type, legal_text),
          321});
    ticks.volume = ticks.volume || *number == 100;
    ticks.open_interest = ticks.open_interest || *number == 101;
  }
  return ticks;
}

}  // namespace opt_data::sim
