#include "tws/tick.h"

#include <array>
#include <utility>

namespace opt_data::tws {
namespace {

constexpr std::array<std::pair<Tick, Tick>, 17> live_and_delayed = {{
    {Tick::bid_size, Tick::delayed_bid_size},
    {Tick::bid, Tick::delayed_bid},
    {Tick::ask, Tick::delayed_ask},
    {Tick::ask_size, Tick::delayed_ask_size},
    {Tick::last, Tick::delayed_last},
    {Tick::last_size, Tick::delayed_last_size},
    {Tick::high, Tick::delayed_high},
    {Tick::low, Tick::delayed_low},
    {Tick::volume, Tick::delayed_volume},
    {Tick::close, Tick::delayed_close},
    {Tick::open, Tick::delayed_open},
    {Tick::bid_option, Tick::delayed_bid_option},
    {Tick::ask_option, Tick::delayed_ask_option},
    {Tick::last_option, Tick::delayed_last_option},
    {Tick::model_option, Tick::delayed_model_option},
    {Tick::last_timestamp, Tick::delayed_last_timestamp},
    {Tick::halted, Tick::delayed_halted},
}};

// By number, for every tick of a line asks.
constexpr auto live_kinds = [] {
  std::array<Tick, 128> kinds{};
  for (std::size_t i = 0; i < kinds.size(); ++i) kinds[i] = static_cast<Tick>(i);
  for (const auto& [live, delayed] : live_and_delayed)
    kinds[static_cast<std::size_t>(delayed)] = live;
  return kinds;
}();

}  // namespace

Tick live_kind(Tick tick) {
  const auto number = static_cast<std::uint32_t>(tick);
  return number < live_kinds.size() ? live_kinds[number] : tick;
}

Tick delayed_kind(Tick tick) {
  for (const auto& [live, delayed] : live_and_delayed)
    if (tick == live) return delayed;
  return tick;
}

bool is_delayed(Tick tick) { return live_kind(tick) != tick; }

std::optional<Tick> implied_size(Tick tick) {
  switch (tick) {
    case Tick::bid:
      return Tick::bid_size;
    case Tick::ask:
      return Tick::ask_size;
    case Tick::last:
      return Tick::last_size;
    case Tick::delayed_bid:
      return Tick::delayed_bid_size;
    case Tick::delayed_ask:
      return Tick::delayed_ask_size;
    case Tick::delayed_last:
      return Tick::delayed_last_size;
    default:
      return std::nullopt;
  }
}

}  // namespace opt_data::tws
