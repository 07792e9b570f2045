// Layouts of the gateway's bars and their relatives: history, real-time bars, sessions.
// Included by server_layouts.h alone.
#pragma once

#include "tws/layout.h"

namespace opt_data::tws {

// Bars of BID, ASK and MIDPOINT have no volume, average and count: the gateway sends -1.

// 17|reqId|start|end|n|(date|open|high|low|close|volume|wap|count|)*n
template <>
struct Layout<HistoricalData> {
  static constexpr Kind kind{17, "historicalData"};
  static void fields(auto& f, auto& m) {
    f.whole("reqId", m.request);
    f.text("startDateStr", m.start);
    f.text("endDateStr", m.end);
    f.list("barsCount", m.bars, 8, [&f](auto& bar) {
      f.text("date", bar.date);
      f.decimal("open", bar.open, Absent::minus_one);
      f.decimal("high", bar.high, Absent::minus_one);
      f.decimal("low", bar.low, Absent::minus_one);
      f.decimal("close", bar.close, Absent::minus_one);
      f.decimal("volume", bar.volume, Absent::negative);
      f.decimal("wap", bar.wap, Absent::minus_one);
      f.tally("count", bar.count);
    });
  }
};

// 90|reqId|count|date|open|close|high|low|wap|volume|, in an order of its own
template <>
struct Layout<HistoricalDataUpdate> {
  static constexpr Kind kind{90, "historicalDataUpdate"};
  static void fields(auto& f, auto& m) {
    f.whole("reqId", m.request);
    f.tally("count", m.bar.count);
    f.text("date", m.bar.date);
    f.decimal("open", m.bar.open, Absent::minus_one);
    f.decimal("close", m.bar.close, Absent::minus_one);
    f.decimal("high", m.bar.high, Absent::minus_one);
    f.decimal("low", m.bar.low, Absent::minus_one);
    f.decimal("wap", m.bar.wap, Absent::minus_one);
    f.decimal("volume", m.bar.volume, Absent::negative);
  }
};

// 106|reqId|start|end|timeZone|n|(start|end|refDate|)*n
template <>
struct Layout<HistoricalSchedule> {
  static constexpr Kind kind{106, "historicalSchedule"};
  static void fields(auto& f, auto& m) {
    f.whole("reqId", m.request);
    f.text("startDateTime", m.start);
    f.text("endDateTime", m.end);
    f.text("timeZone", m.time_zone);
    f.list("sessionsCount", m.sessions, 3, [&f](auto& session) {
      f.text("startDateTime", session.start);
      f.text("endDateTime", session.end);
      f.text("refDate", session.ref_date);
    });
  }
};

// 88|reqId|headTimestamp|
template <>
struct Layout<HeadTimestamp> {
  static constexpr Kind kind{88, "headTimestamp"};
  static void fields(auto& f, auto& m) {
    f.whole("reqId", m.request);
    f.text("headTimestamp", m.at);
  }
};

// 50|3|reqId|time|open|high|low|close|volume|wap|count|
template <>
struct Layout<RealTimeBar> {
  static constexpr Kind kind{50, "realTimeBars"};
  static void fields(auto& f, auto& m) {
    f.version(3);
    f.whole("reqId", m.request);
    f.moment("time", m.epoch_seconds);
    f.decimal("open", m.open, Absent::minus_one);
    f.decimal("high", m.high, Absent::minus_one);
    f.decimal("low", m.low, Absent::minus_one);
    f.decimal("close", m.close, Absent::minus_one);
    f.decimal("volume", m.volume, Absent::negative);
    f.decimal("wap", m.wap, Absent::minus_one);
    f.tally("count", m.count);
  }
};

}  // namespace opt_data::tws
