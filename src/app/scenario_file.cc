#include "app/scenario_file.h"

#include <fmt/format.h>

#include <toml++/toml.h>
#include <algorithm>
#include <concepts>
#include <fstream>
#include <functional>
#include <set>
#include <sstream>
#include <utility>

#include "base/text.h"
#include "calendar/calendar.h"

namespace opt_data::app {
namespace {

using sim::Window;

// "10:00", "10:00:01.5", and "+1 07:30" for the next trade date.
class Times {
 public:
  static Result<Times> of(std::chrono::year_month_day day) {
    const Calendar calendar;
    OPT_TRY(const TradeDate date, calendar.trade_date(day));
    OPT_TRY(const TradeDate next, calendar.next(date));
    return Times(date.day(), next.day());
  }

  std::optional<Instant> at(std::string_view text) const {
    const bool later = text.starts_with("+1 ");
    if (later) text.remove_prefix(3);
    const auto parts = split(text, ':');
    if (parts.size() < 2 || parts.size() > 3) return std::nullopt;
    const auto hours = parse_int(parts[0]), minutes = parse_int(parts[1]);
    const auto seconds = parts.size() == 3 ? parse_double(parts[2]) : std::optional(0.0);
    if (!hours || !minutes || !seconds || *hours < 0 || *hours > 23 || *minutes < 0 ||
        *minutes > 59 || !(*seconds >= 0 && *seconds < 60))
      return std::nullopt;
    const std::chrono::microseconds time =
        std::chrono::hours{*hours} + std::chrono::minutes{*minutes} +
        std::chrono::microseconds{static_cast<std::int64_t>(*seconds * 1e6 + 0.5)};
    return new_york(later ? next_ : day_, time);
  }

 private:
  Times(std::chrono::year_month_day day, std::chrono::year_month_day next)
      : day_(day), next_(next) {}
  std::chrono::year_month_day day_, next_;
};

struct Complaints {
  std::string file;
  std::vector<std::string> sentences;

  void add(const toml::node& node, std::string_view key, std::string_view why) {
    sentences.push_back(fmt::format("{}:{}: {} {}", file, node.source().begin.line, key, why));
  }
};

// One table whose every key has to be asked for.
class Keys {
 public:
  Keys(const toml::table& table, std::string prefix, const Times& times, Complaints& wrong)
      : table_(table), prefix_(std::move(prefix)), times_(times), wrong_(wrong) {}
  ~Keys() {
    const std::vector<std::string> known(asked_.begin(), asked_.end());
    for (const auto& [key, node] : table_) {
      if (asked_.contains(std::string(key.str()))) continue;
      const std::string_view near = nearest_word(key.str(), known);
      wrong_.add(
          node, prefix_ + std::string(key.str()),
          near.empty() ? "is not a key of a scenario"
                       : fmt::format("is not a key of a scenario; did you mean {}?", near));
    }
  }
  Keys(const Keys&) = delete;
  Keys& operator=(const Keys&) = delete;

  template <std::integral Number>
    requires(!std::same_as<Number, bool>)
  void read(const char* key, Number& into, std::int64_t least = 0) {
    const toml::node* node = ask(key);
    if (node == nullptr) return;
    const auto value = node->value_exact<std::int64_t>();
    if (!value || *value < least)
      return wrong_.add(
          *node, prefix_ + key, fmt::format("must be a whole number of {} or more", least));
    into = static_cast<Number>(*value);
  }
  void read(const char* key, bool& into) {
    if (const toml::node* node = ask(key)) {
      if (const auto value = node->value_exact<bool>())
        into = *value;
      else
        wrong_.add(*node, prefix_ + key, "must be true or false");
    }
  }
  void read(const char* key, std::string& into) {
    if (const toml::node* node = ask(key)) {
      if (const auto value = node->value_exact<std::string>())
        into = *value;
      else
        wrong_.add(*node, prefix_ + key, "must be a text in quotes");
    }
  }
  void read(const char* key, std::vector<std::string>& into) {
    each(
        key,
        [&](const toml::node& node, const std::string& name) {
          if (const auto value = node.value_exact<std::string>()) return into.push_back(*value);
          wrong_.add(node, name, "must be a text in quotes");
        },
        [&] { into.clear(); });
  }
  void read(const char* key, Instant& into) {
    if (const toml::node* node = ask(key)) take(*node, prefix_ + key, into);
  }
  void read(const char* key, std::vector<Instant>& into) {
    each(key, [&](const toml::node& node, const std::string& name) {
      Instant at{};
      if (take(node, name, at)) into.push_back(at);
    });
  }
  void read(const char* key, Window& into) {
    if (const toml::node* node = ask(key)) take(*node, prefix_ + key, into);
  }
  void read(const char* key, std::vector<Window>& into) {
    each(key, [&](const toml::node& node, const std::string& name) {
      Window window;
      if (take(node, name, window)) into.push_back(window);
    });
  }
  template <typename Duration>
    requires requires(Duration duration) { duration.count(); }
  void read(const char* key, Duration& into, std::int64_t least = 0) {
    std::int64_t count = into.count();
    read(key, count, least);
    into = Duration{count};
  }
  // One of the words of an enumeration whose first is 0.
  template <typename Enum>
    requires std::is_enum_v<Enum>
  void read(const char* key, Enum& into, std::vector<std::string> words) {
    const toml::node* node = ask(key);
    if (node == nullptr) return;
    const auto value = node->value_exact<std::string>();
    const auto found = value ? std::ranges::find(words, *value) : words.end();
    if (found == words.end())
      return wrong_.add(*node, prefix_ + key, fmt::format("must be one of {}", join(words, ", ")));
    into = static_cast<Enum>(found - words.begin());
  }
  void table(const char* key, const std::function<void(Keys&)>& fill) {
    const toml::node* node = ask(key);
    if (node == nullptr) return;
    const toml::table* inner = node->as_table();
    if (inner == nullptr) return wrong_.add(*node, prefix_ + key, "must be a table");
    Keys keys(*inner, prefix_ + key + ".", times_, wrong_);
    fill(keys);
  }
  template <typename Item>
  void tables(
      const char* key, std::vector<Item>& into, const std::function<void(Keys&, Item&)>& fill) {
    each(key, [&](const toml::node& node, const std::string& name) {
      const toml::table* inner = node.as_table();
      if (inner == nullptr) return wrong_.add(node, name, "must be a table");
      Keys keys(*inner, name + ".", times_, wrong_);
      fill(keys, into.emplace_back());
    });
  }

 private:
  const toml::node* ask(const char* key) {
    asked_.insert(key);
    return table_.get(key);
  }
  void each(
      const char* key, const std::function<void(const toml::node&, const std::string&)>& take_one,
      const std::function<void()>& begin = [] {}) {
    const toml::node* node = ask(key);
    if (node == nullptr) return;
    const toml::array* array = node->as_array();
    if (array == nullptr) return wrong_.add(*node, prefix_ + key, "must be a list");
    begin();
    for (const toml::node& one : *array) take_one(one, prefix_ + key);
  }
  bool take(const toml::node& node, const std::string& key, Instant& into) {
    const auto text = node.value_exact<std::string>();
    const auto at = text ? times_.at(*text) : std::nullopt;
    if (at)
      into = *at;
    else
      wrong_.add(node, key, "must be a time in New York, \"10:00:01.5\" or \"+1 07:30\"");
    return at.has_value();
  }
  bool take(const toml::node& node, const std::string& key, Window& into) {
    const toml::array* pair = node.as_array();
    if (pair == nullptr || pair->size() != 2) {
      wrong_.add(node, key, "must be two times, [\"10:00\", \"10:05\"]");
      return false;
    }
    if (!take(*pair->get(0), key, into.from) || !take(*pair->get(1), key, into.to)) return false;
    if (into.from < into.to) return true;
    wrong_.add(node, key, "must begin before it ends");
    return false;
  }

  const toml::table& table_;
  std::string prefix_;
  const Times& times_;
  Complaints& wrong_;
  std::set<std::string> asked_;
};

void read_filter(Keys& keys, sim::RequestFilter& filter) {
  std::int64_t id = 0;
  keys.read("conid", id);
  if (id > 0) filter.id = id;
  keys.read("exchange", filter.exchange);
  keys.read("when", filter.when);
}

const std::vector<std::string> entitlements = {
    "live", "delayed", "delayed_after_refusal", "not_for_api", "none"};

void read_faults(Keys& keys, sim::SimFaults& faults) {
  using Filter = sim::RequestFilter;
  keys.tables<Filter>("silent", faults.silent, read_filter);
  keys.tables<Filter>("no_greeks", faults.no_greeks, read_filter);
  keys.tables<Filter>("no_generics", faults.no_generics, read_filter);
  keys.tables<Filter>("late_greeks", faults.late_greeks, read_filter);
  keys.read("greeks_late_by_ms", faults.greeks_late_by);
  keys.tables<Filter>("partial", faults.partial, read_filter);
  keys.tables<sim::Refusal>("refusals", faults.refusals, [](Keys& each, sim::Refusal& refusal) {
    each.read("code", refusal.code);
    read_filter(each, refusal.which);
  });
  keys.tables<sim::EntitlementChange>(
      "entitlement_changes", faults.entitlement_changes,
      [](Keys& each, sim::EntitlementChange& change) {
        each.read("at", change.at);
        each.read("entitlement", change.entitlement, entitlements);
      });
  keys.read("silent_per_thousand", faults.silent_per_thousand);
  keys.read("no_greeks_per_thousand", faults.no_greeks_per_thousand);
  keys.read("duplicates_per_thousand", faults.duplicates_per_thousand);
  keys.read("permuted_ticks", faults.permuted_ticks);
  keys.read("disconnect_at", faults.disconnect_at);
  keys.read("refuse", faults.refuse);
  keys.read("down", faults.down);
  keys.read("half_open", faults.half_open);
  keys.read("competing", faults.competing);
  keys.read("farm_down", faults.farm_down);
  keys.tables<sim::ScriptedNotice>(
      "notices", faults.notices, [](Keys& each, sim::ScriptedNotice& notice) {
        each.read("at", notice.at);
        each.read("code", notice.code);
        each.read("text", notice.text);
      });
  keys.read("garbage_at", faults.garbage_at);
  keys.read("id_lingers_s", faults.id_lingers);
  keys.read("clock_skew_s", faults.clock_skew, -86'400);
  keys.read("split_frames", faults.split_frames);
}

void read_gateway(Keys& keys, sim::SimOptions& gateway) {
  keys.read("entitlement", gateway.entitlement, entitlements);
  keys.read("lines_max", gateway.lines_max, 1);
  keys.read("line_release_ms", gateway.line_release);
  keys.read("messages_per_second", gateway.messages_per_second, 1);
  keys.read("late_ticks_per_thousand", gateway.late_ticks_per_thousand);
  read_faults(keys, gateway.faults);
}

void read_link(Keys& keys, sim::LinkFaults& link) {
  keys.tables<sim::LinkCut>("cuts", link.cuts, [](Keys& each, sim::LinkCut& cut) {
    each.read("from", cut.from);
    each.read("bytes", cut.bytes);
    each.read("half_open", cut.half_open);
  });
  keys.read("slow", link.slow);
  keys.read("slow_bytes_per_second", link.slow_bytes_per_second, 1);
  keys.read("bursty", link.bursty);
  keys.read("burst_ms", link.burst, 1);
}

void read_all(Keys& keys, sim::Scenario& scenario) {
  std::string date;
  keys.read("title", scenario.title);
  keys.read("seed", scenario.seed);
  keys.read("date", date);
  keys.table("universe", [&](Keys& inner) {
    inner.read("symbols", scenario.universe.symbols);
    inner.read("expiry_months_ahead", scenario.universe.expiry_months_ahead);
    inner.read("strikes_per_side", scenario.universe.strikes_per_side);
    inner.read("weekly", scenario.universe.weekly);
  });
  keys.table("limits", [&](Keys& inner) {
    inner.read("messages_per_second", scenario.limits.messages_per_second, 1);
    inner.read("subscriptions_per_minute", scenario.limits.subscriptions_per_minute, 1);
    inner.read("lines", scenario.limits.lines, 1);
    inner.read("in_flight", scenario.limits.in_flight, 1);
  });
  keys.table("gateway", [&](Keys& inner) { read_gateway(inner, scenario.gateway); });
  keys.table("link", [&](Keys& inner) { read_link(inner, scenario.link); });
  keys.tables<sim::MarketTrouble>(
      "market", scenario.market, [](Keys& each, sim::MarketTrouble& trouble) {
        each.read("kind", trouble.kind, {"frozen_chain", "halted", "crossed"});
        each.read("symbol", trouble.symbol);
        each.read("when", trouble.when);
      });
  keys.tables<sim::DiskFault>("disk", scenario.disk, [](Keys& each, sim::DiskFault& fault) {
    each.read("kind", fault.kind, {"no_space", "sync_failed", "crash_before", "crash_after"});
    each.read("operation", fault.operation);
    each.read("times", fault.times, 1);
  });
  keys.table("process", [&](Keys& inner) {
    inner.read("kills", scenario.kills);
    inner.read("restart_after_s", scenario.restart_after, 1);
    inner.read("recovery_s", scenario.recovery);
  });
  keys.table("expected", [&](Keys& inner) {
    inner.read("verdict", scenario.expected_verdict);
    inner.read("reasons", scenario.expected_reasons);
  });
}

}  // namespace

Result<sim::Scenario> parse_scenario(std::string_view text, const std::string& name) {
  try {
    const toml::table table = toml::parse(text, name);
    sim::Scenario scenario;
    if (const auto day = table["date"].value<std::string>()) {
      auto parsed = parse_day(*day);
      if (!parsed) return fail_within(std::move(parsed).error(), "{}: date", name);
      scenario.date = *parsed;
    }
    auto times = Times::of(scenario.date);
    if (!times) return fail_within(std::move(times).error(), "{}: date", name);
    Complaints wrong{name, {}};
    {
      Keys keys(table, "", *times, wrong);
      read_all(keys, scenario);
    }
    if (!wrong.sentences.empty())
      return fail(ErrorKind::invalid_input, "{}", join(wrong.sentences, "\n"));
    return scenario;
  } catch (const toml::parse_error& error) {
    return fail(
        ErrorKind::invalid_input, "{}:{}: {}", name, error.source().begin.line,
        error.description());
  }
}

Result<sim::Scenario> read_scenario(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return fail(ErrorKind::not_found, "there is no scenario {}", file.string());
  std::ostringstream text;
  text << in.rdbuf();
  return parse_scenario(text.str(), file.string());
}

std::vector<std::string> against_expectation(
    const sim::Scenario& scenario, const SimulatedDay& day) {
  std::vector<std::string> unexpected;
  if (!scenario.expected_verdict.empty() && scenario.expected_verdict != day.verdict)
    unexpected.push_back(fmt::format(
        "expected {}, and the day is {}", scenario.expected_verdict,
        day.verdict.empty() ? "not over" : day.verdict));
  if (!scenario.expected_reasons.empty() && scenario.expected_reasons != day.reasons)
    unexpected.push_back(fmt::format(
        "expected the reasons {}, and they are {}", join(scenario.expected_reasons, ", "),
        join(day.reasons, ", ")));
  return unexpected;
}

}  // namespace opt_data::app
