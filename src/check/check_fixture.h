// What the tests of judging have in common: a day of three slots (open, middle, close) with two
// chains of ten contracts each, which a test then spoils.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "check/reports.h"
#include "store/dataset_fixture.h"

namespace opt_data::check {

using namespace std::chrono_literals;
using store::Value;

class CheckTest : public store::DatasetTest {
 protected:
  using Spoil = std::function<void(OptionQuote&)>;

  Slot slot(int index) const { return grid_.slots().at(static_cast<std::size_t>(index)); }
  store::Partition where(int index) const {
    return store::slot_of(date_, static_cast<std::uint8_t>(index));
  }

  static OptionQuote row_of(ContractId id, const Slot& slot) {
    OptionQuote row{{}, slot, {}, {}, {}, {}, {}, {}, DataSource::simulated, "slot"};
    row.contract.id = id;
    row.contract.underlying = row.contract.trading_class = id <= 10 ? "AAPL" : "MSFT";
    row.contract.expiry = std::chrono::year{2025} / 12 / 19;
    row.contract.strike = Strike::from_usd(90 + static_cast<double>(id));
    row.quote.bid = 1.0;
    row.quote.ask = 1.2;
    row.quote.type = MarketDataType::live;
    row.quote.as_of = row.quote.received = slot.at + 20s;
    return row;
  }
  static void time_out(OptionQuote& row) {
    row.quote = {};
    row.error = {"timeout", "no answer within 12 s"};
  }

  void expect_all(int index) {
    std::vector<store::ExpectedContract> expected;
    for (ContractId id = 1; id <= 20; ++id) expected.push_back({id, id <= 10 ? "AAPL" : "MSFT"});
    ASSERT_TRUE(ledger_->expect(slot(index), expected));
  }
  // A slot in which all were asked; `spoil` sees each row.
  void publish_slot(int index, const Spoil& spoil = nullptr, ContractId last = 20) {
    expect_all(index);
    std::vector<OptionQuote> rows;
    for (ContractId id = 1; id <= last; ++id) {
      rows.push_back(row_of(id, slot(index)));
      if (spoil) spoil(rows.back());
    }
    const auto done = publish(where(index), rows);
    ASSERT_TRUE(done) << done.error().message;
  }
  void publish_slots(const Spoil& spoil = nullptr) {
    for (int index = 0; index < 3; ++index) publish_slot(index, spoil);
  }
  // The daily view: every contract from its close with open interest of the session, but for those
  // that `strategy` and `interest` name.
  struct Interest {
    std::string state = "value";
    std::chrono::year_month_day as_of = std::chrono::year{2025} / 10 / 6;
  };
  void publish_daily(
      const std::map<ContractId, std::string>& strategy = {},
      const std::map<ContractId, Interest>& interest = {}, ContractId last = 20) {
    std::map<std::string, std::string> cells{
        {"rollup_strategy", "CASE conid"},
        {"oi_state", "CASE conid"},
        {"oi_asof_date", "CASE conid"},
        {"rollup_reason", "'timeout'"},
        {"ingest_run_type", "'eod_rollup'"}};
    for (const auto& [id, word] : strategy)
      cells["rollup_strategy"] += fmt::format(" WHEN {} THEN '{}'", id, word);
    for (const auto& [id, oi] : interest) {
      cells["oi_state"] += fmt::format(" WHEN {} THEN '{}'", id, oi.state);
      cells["oi_asof_date"] += fmt::format(" WHEN {} THEN DATE '{}'", id, iso(oi.as_of));
    }
    cells["rollup_strategy"] += " WHEN 0 THEN '' ELSE 'close' END";
    cells["oi_state"] += " WHEN 0 THEN '' ELSE 'value' END";
    cells["oi_asof_date"] += " WHEN 0 THEN NULL ELSE trade_date END";
    ASSERT_TRUE(reader_->open_views(date_));
    std::string list;
    for (const store::Column& column : store::columns(store::View::daily_clean)) {
      const std::string name = store::sql_identifier(column.name);
      const auto other = cells.find(std::string(column.name));
      const bool known = std::any_of(
          store::columns(store::View::intraday).begin(),
          store::columns(store::View::intraday).end(),
          [&](const store::Column& c) { return c.name == column.name; });
      list += fmt::format(
          "{}{} AS {}", list.empty() ? "" : ", ",
          other != cells.end() ? other->second
          : known              ? name
                               : fmt::format("CAST(NULL AS {})", column.type),
          name);
    }
    const auto done = publish(
        {store::Layer::clean, store::View::daily_clean, date_, {}},
        fmt::format("SELECT {} FROM intraday WHERE slot_30m = 2 AND conid <= {}", list, last));
    ASSERT_TRUE(done) << done.error().message;
  }

  Result<DayReport> try_measure(Phase phase, const std::vector<std::string>& universe) {
    return measure_day(date_, grid_, universe, phase, thresholds_, *ledger_, *reader_);
  }
  DayReport measure(
      Phase phase = Phase::intraday, const std::vector<std::string>& universe = {"AAPL", "MSFT"}) {
    auto report = try_measure(phase, universe);
    EXPECT_TRUE(report) << report.error().message;
    return report ? *report : DayReport{};
  }
  static GateResult gate(const DayReport& report, std::string_view name) {
    for (const GateResult& each : report.gates)
      if (each.name == name) return each;
    ADD_FAILURE() << "no gate " << name;
    return {};
  }

  SlotGrid grid_{Calendar{}.session(date_), 195min};
  std::unique_ptr<store::Ledger> ledger_ =
      store::Ledger::open(folder_ / "ledger.sqlite", store::Durability::process_crash).value();
  GateThresholds thresholds_;
};

}  // namespace opt_data::check
