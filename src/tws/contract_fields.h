// Fields that messages of both directions share.
#pragma once

#include "tws/fields.h"

namespace opt_data::tws {

// C or P, or nothing for both; clients and gateways know more spellings of the three.
inline void right_field(FieldReader& f, Text& right) {
  f.text("right", right);
  if (right == "CALL" || right == "Call")
    right = "C";
  else if (right == "PUT" || right == "Put")
    right = "P";
  else if (right == "?" || right == "0")
    right = "";
}
inline void right_field(FieldWriter& f, Text right) { f.text("right", right); }

// One field of contractData: "20261218", "20261218 16:00:00 US/Eastern" or "20240402-17:10:00".
// The first blank or '-' ends the date, the next one the time; a zone keeps its own ("Etc/GMT-5").
void last_trade_fields(FieldReader& f, Text& date, Text& time, Text& zone);
void last_trade_fields(FieldWriter& f, Text date, Text time, Text zone);

// conId|symbol|secType|lastTradeDate|strike|right|multiplier|exchange|primaryExch|currency|
// localSymbol|tradingClass|
void contract_fields(auto& f, auto& contract) {
  f.whole("conId", contract.con_id);
  f.text("symbol", contract.symbol);
  f.text("secType", contract.sec_type);
  f.text("lastTradeDateOrContractMonth", contract.last_trade_date);
  f.decimal("strike", contract.strike, Absent::zero);
  right_field(f, contract.right);
  f.text("multiplier", contract.multiplier);
  f.text("exchange", contract.exchange);
  f.text("primaryExch", contract.primary_exchange);
  f.text("currency", contract.currency);
  f.text("localSymbol", contract.local_symbol);
  f.text("tradingClass", contract.trading_class);
}

// A combination brings its legs. We ask for none and skip those of others: BAG contracts are not
// part of what we speak, but a request for one has to be readable to be refused.
inline void combo_legs(FieldReader& f, const Contract& contract) {
  if (contract.sec_type != "BAG") return;
  struct Leg {};
  std::vector<Leg> legs;
  f.list("comboLegsCount", legs, 4, [&f](Leg&) {
    for (const char* field : {"conId", "ratio", "action", "exchange"}) f.constant(field, "");
  });
}
inline void combo_legs(FieldWriter& f, const Contract& contract) {
  if (contract.sec_type == "BAG") f.whole("comboLegsCount", 0);
}

}  // namespace opt_data::tws
