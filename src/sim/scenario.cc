#include "sim/scenario.h"

#include <algorithm>

namespace opt_data::sim {
namespace {

using namespace std::chrono_literals;

// An instant takes no time itself.
Window moment(Instant at) { return {at, at + 1us}; }

}  // namespace

std::string_view to_text(DiskTrouble trouble) {
  switch (trouble) {
    case DiskTrouble::no_space:
      return "no_space";
    case DiskTrouble::sync_failed:
      return "sync_failed";
    case DiskTrouble::crash_before:
      return "crash_before";
    case DiskTrouble::crash_after:
      return "crash_after";
  }
  return "";
}

std::vector<Window> disturbances(const Scenario& scenario) {
  const SimFaults& faults = scenario.gateway.faults;
  std::vector<Window> all;
  const auto add = [&](const std::vector<Window>& windows) {
    all.insert(all.end(), windows.begin(), windows.end());
  };
  for (const auto* windows :
       {&faults.refuse, &faults.down, &faults.half_open, &faults.competing, &faults.farm_down,
        &scenario.link.slow, &scenario.link.bursty})
    add(*windows);
  for (const auto* instants : {&faults.disconnect_at, &faults.garbage_at, &scenario.kills})
    for (const Instant at : *instants) all.push_back(moment(at));
  for (const EntitlementChange& change : faults.entitlement_changes)
    all.push_back(moment(change.at));
  Instant lost = Instant::max();
  for (const ScriptedNotice& notice : faults.notices) {
    all.push_back(moment(notice.at));
    if (notice.code == 1100) lost = std::min(lost, notice.at);
    if ((notice.code == 1101 || notice.code == 1102) && lost != Instant::max()) {
      all.push_back({lost, notice.at});
      lost = Instant::max();
    }
  }
  if (lost != Instant::max()) all.push_back({lost, Instant::max()});
  return all;
}

bool refuses(const Scenario& scenario) {
  const SimFaults& faults = scenario.gateway.faults;
  return !faults.refusals.empty() || !faults.silent.empty() || faults.silent_per_thousand > 0 ||
         scenario.gateway.entitlement == Entitlement::none;
}

std::vector<std::string> faults_in(const Scenario& scenario) {
  const SimFaults& faults = scenario.gateway.faults;
  std::vector<std::string> names;
  const auto add = [&](std::string_view name, bool there) {
    if (there) names.emplace_back(name);
  };
  add("silent", !faults.silent.empty() || faults.silent_per_thousand > 0);
  add("no_greeks", !faults.no_greeks.empty() || faults.no_greeks_per_thousand > 0);
  add("no_generics", !faults.no_generics.empty());
  add("late_greeks", !faults.late_greeks.empty());
  add("partial", !faults.partial.empty());
  add("refusals", !faults.refusals.empty());
  add("entitlement_changes", !faults.entitlement_changes.empty());
  add("duplicates", faults.duplicates_per_thousand > 0);
  add("permuted_ticks", faults.permuted_ticks);
  add("disconnect_at", !faults.disconnect_at.empty());
  add("refuse", !faults.refuse.empty());
  add("down", !faults.down.empty());
  add("half_open", !faults.half_open.empty());
  add("competing", !faults.competing.empty());
  add("farm_down", !faults.farm_down.empty());
  for (const ScriptedNotice& notice : faults.notices) names.push_back(std::to_string(notice.code));
  add("garbage", !faults.garbage_at.empty());
  add("id_lingers", faults.id_lingers.count() != 0);
  add("clock_skew", faults.clock_skew.count() != 0);
  add("split_frames", faults.split_frames);
  for (const LinkCut& cut : scenario.link.cuts)
    names.emplace_back(cut.half_open ? "cut_half_open" : "cut_reset");
  add("slow_link", !scenario.link.slow.empty());
  add("bursty_link", !scenario.link.bursty.empty());
  add("few_lines", scenario.gateway.lines_max < scenario.limits.lines);
  for (const MarketTrouble& trouble : scenario.market) names.emplace_back(to_text(trouble.kind));
  for (const DiskFault& fault : scenario.disk) names.emplace_back(to_text(fault.kind));
  add("kills", !scenario.kills.empty());
  std::ranges::sort(names);
  const auto rest = std::ranges::unique(names);
  names.erase(rest.begin(), rest.end());
  return names;
}

}  // namespace opt_data::sim
