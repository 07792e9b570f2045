// The run that is going on, shared by all sinks that write: what to stamp on a line, and what must
// never be on one.
//
//   Run run;
//   run.set({.trade_date = "2025-10-06", .job = key.text(), .ingest_id = id});
//   run.hide(token);
//
// Safe to use from several threads.
#pragma once

#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "observe/event.h"

namespace opt_data::observe {

// `text` with every account number replaced by [account]: U, DU, F or DF, at most one letter more,
// and digits, seven characters or more, standing alone. An OCC symbol such as F250620C00012000 is
// none, for it goes on after its digits.
std::string redact_accounts(std::string_view text);

class Run {
 public:
  void set(RunContext context);
  RunContext get() const;  // Redacted, like an event.

  // This text (a token, a password, an account's nickname) is written as [hidden] from now on.
  void hide(std::string secret);

  // A second line of defence: messages should not hold account numbers in the first place. Every
  // sink that writes passes each event through here.
  Event redacted(Event event) const;

 private:
  std::string clean(std::string_view text) const;  // Requires: the lock is held.

  mutable std::mutex mutex_;
  RunContext context_;
  std::vector<std::string> secrets_;
};

}  // namespace opt_data::observe
