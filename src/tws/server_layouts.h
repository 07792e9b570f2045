// Layouts of the gateway's messages, and how one is read without being put anywhere first.
// In the comments '|' is the NUL that ends a field and (...)*n a group that comes n times. Which
// layout belongs to which version: docs/wire.md.
#pragma once

#include "tws/bar_layouts.h"
#include "tws/contract_layouts.h"
#include "tws/layout.h"
#include "tws/tick_layouts.h"

namespace opt_data::tws {

// 15|1|accounts|
template <>
struct Layout<ManagedAccounts> {
  static constexpr Kind kind{15, "managedAccts"};
  static void fields(auto& f, auto& m) {
    f.version(1);
    f.text("accountsList", m.accounts);
  }
};

// 9|1|orderId|
template <>
struct Layout<NextValidId> {
  static constexpr Kind kind{9, "nextValidId"};
  static void fields(auto& f, auto& m) {
    f.version(1);
    f.whole("orderId", m.id);
  }
};

// 49|1|time|
template <>
struct Layout<CurrentTime> {
  static constexpr Kind kind{49, "currentTime"};
  static void fields(auto& f, auto& m) {
    f.version(1);
    f.moment("time", m.epoch_seconds);
  }
};

// 4|2|id|code|text|advancedOrderRejectJson|
template <>
struct Layout<ErrorNotice> {
  static constexpr Kind kind{4, "errMsg"};
  static void fields(auto& f, auto& m) {
    f.version(2);
    f.whole("id", m.request, -1);
    f.whole("errorCode", m.code);
    f.text("errorMsg", m.text);
    f.text("advancedOrderRejectJson", m.advanced);
  }
};

// decode_server(), but that the message goes to `sink`, called once with a value of its own type.
// A session that reads a million ticks does not want them in a variant. What the sink is given, and
// the texts in it, are gone when it returns.
template <typename Sink>
Result<void> read_server(
    std::string_view payload, std::int32_t version, Sink&& sink, std::size_t* surplus = nullptr) {
  using Of = std::remove_reference_t<Sink>;
  static constexpr auto readers = [] {
    auto table = ReaderTable<ServerMessage, Of>::make();
    constexpr auto depth = Layout<RerouteMarketData>::depth_kind.id;
    table[depth] = table[Layout<RerouteMarketData>::kind.id];
    return table;
  }();
  return read_by<Of>(readers, payload, version, sink, surplus);
}

}  // namespace opt_data::tws
