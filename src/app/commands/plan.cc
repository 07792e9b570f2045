// opt-data plan [--date D] [--slot HH:MM] [--fit] [--symbols A,B]
#include <nlohmann/json.hpp>

#include "app/command.h"
#include "base/text.h"
#include "collect/capacity.h"

namespace opt_data::app {
namespace {

struct PlanFlags {
  std::string date;
  std::string slot;
  bool fit = false;
};

double seconds(std::chrono::milliseconds span) { return static_cast<double>(span.count()) / 1000; }

std::size_t slow_contracts(const collect::SlotCapacity& slot) {
  std::size_t slow = 0;
  for (const OptionContract& contract : slot.plan.ask)
    slow += slot.times.slow(contract.id) != nullptr ? 1 : 0;
  return slow;
}

std::string times_text(const collect::SlotCapacity& slot) {
  const auto& spread = slot.times.spread;
  if (slot.times.from.empty())
    return fmt::format(
        "assumed, because no slot was published lately: {:.1f} to {:.1f} s",
        seconds(spread.front()), seconds(spread.back()));
  return fmt::format(
      "of {}: {:.2f} to {:.2f} s; {} contracts used up their time", slot.times.from,
      seconds(spread.front()), seconds(spread.back()), slow_contracts(slot));
}

nlohmann::ordered_json slot_json(const collect::SlotCapacity& slot) {
  const collect::PlanCost& cost = slot.plan.cost;
  return {
      {"slot", slot.plan.slot.label()},
      {"contracts", slot.plan.ask.size()},
      {"lines", cost.lines},
      {"messages", cost.messages},
      {"seconds", seconds(cost.duration)},
      {"window_seconds", seconds(slot.window)},
      {"answered", cost.answered},
      {"usable", cost.usable},
      {"fits", slot.fits()},
      {"answer_times", slot.times.from.empty() ? "assumed" : slot.times.from},
      {"slow_contracts", slow_contracts(slot)}};
}

nlohmann::ordered_json plan_json(
    const collect::Capacity& capacity, TradeDate date, const std::vector<std::string>& advice) {
  nlohmann::ordered_json json = {{"trade_date", date.text()}, {"fits", capacity.fits()}};
  json["moneyness_that_fits"] = nullptr;
  if (capacity.moneyness) json["moneyness_that_fits"] = *capacity.moneyness;
  json["chains"] = nlohmann::ordered_json::array();
  for (const collect::ChainCapacity& chain : capacity.chains)
    json["chains"].push_back(
        {{"symbol", chain.symbol},
         {"list_of", chain.list_of.text()},
         {"contracts", chain.contracts},
         {"left_out", chain.left_out}});
  json["slots"] = nlohmann::ordered_json::array();
  for (const collect::SlotCapacity& slot : capacity.slots) json["slots"].push_back(slot_json(slot));
  json["advice"] = advice;
  return json;
}

void print(const collect::Capacity& capacity, TradeDate date) {
  for (const collect::ChainCapacity& chain : capacity.chains) {
    const std::string old =
        chain.list_of == date ? "" : fmt::format(", of the list of {}", chain.list_of.text());
    const std::string less =
        chain.left_out == 0 ? ""
                            : fmt::format("; {} left out, farthest from the money", chain.left_out);
    fmt::print("{:<6} {} contracts{}{}\n", chain.symbol, chain.contracts, old, less);
  }
  fmt::print("answer times {}\n\n", times_text(capacity.slots.back()));
  std::vector<std::vector<std::string>> rows;
  for (const collect::SlotCapacity& slot : capacity.slots) {
    const collect::PlanCost& cost = slot.plan.cost;
    const auto asked = static_cast<double>(slot.plan.ask.size());
    rows.push_back(
        {slot.plan.slot.label(), fmt::format("{}", slot.plan.ask.size()),
         fmt::format("{}", cost.lines), fmt::format("{}", cost.messages),
         fmt::format("{:.1f}", seconds(cost.duration)), fmt::format("{:.0f}", seconds(slot.window)),
         percent(static_cast<double>(cost.usable), asked), slot.fits() ? "fits" : "too much"});
  }
  fmt::print(
      "{}",
      aligned_table(
          {"slot", "contracts", "lines", "messages", "seconds", "window", "coverage", ""}, rows));
}

Result<std::vector<Slot>> choose_slots(const PlanFlags& flags, const SlotGrid& grid) {
  if (flags.slot.empty()) return grid.slots();
  if (const auto slot = grid.labelled(flags.slot)) return std::vector<Slot>{*slot};
  return fail(
      ErrorKind::invalid_input, "{} has no slot '{}'; its slots are {} to {}",
      grid.open().date.text(), flags.slot, grid.open().label(), grid.close().label());
}

Exit run(const PlanFlags& flags, const Globals& globals) {
  asio::io_context io;
  Exit exit = Exit::done;
  auto wiring = wire(globals, io, exit);
  if (!wiring) return exit;
  auto date = day_of(flags.date, *wiring);
  if (!date) return complain(date.error(), globals);
  auto slots = choose_slots(flags, wiring->grid(*date));
  if (!slots) return complain(slots.error(), globals);
  auto symbols = wiring->universe();
  if (!symbols) return complain(symbols.error(), globals);
  // Before the first slot there is no ledger, and then nothing is known.
  const auto ledger = wiring->ledger_to_read();
  const auto capacity = collect::measure_capacity(
      *slots, *symbols, flags.fit, wiring->snapshot_settings(), wiring->calendar(), wiring->disk(),
      wiring->reader(), ledger ? *ledger : nullptr);
  if (!capacity) return complain(capacity.error(), globals);
  const auto advice = collect::advice(*capacity, wiring->settings().limits);
  if (globals.json) {
    fmt::print("{}\n", plan_json(*capacity, *date, advice).dump(2));
  } else {
    print(*capacity, *date);
    for (const std::string& sentence : advice) fmt::print("{}\n", sentence);
    if (flags.fit && capacity->moneyness)
      fmt::print(
          "this fits; with filters.moneyness = {:.4f} the next list of contracts is just that\n",
          *capacity->moneyness);
  }
  return capacity->fits() ? Exit::done : Exit::no;
}

}  // namespace

void add_plan(Cli& cli) {
  auto flags = std::make_shared<PlanFlags>();
  CLI::App* plan = cli.root.add_subcommand(
      "plan", "What the slots of a day will cost, and whether they fit into their windows");
  add_date_option(*plan, flags->date, "today");
  plan->add_option("--slot", flags->slot, "Only the slot with this label, such as 10:30");
  plan->add_flag(
      "--fit", flags->fit, "Leave out what is farthest from the money until every slot fits");
  add_symbols_option(*plan, cli.globals);
  plan->callback(
      [flags, &cli] { cli.chosen = [flags, &cli] { return run(*flags, cli.globals); }; });
}

}  // namespace opt_data::app
