// A gateway that comes back: one session after the other behind the same questions.
//
//              ready()                    opened
//     idle ─────────────► connecting ───────────────► up
//       ▲                  ▲      │                   │
//       │ close()          │      │ failed            │ lost
//       │          retry_at│      ▼                   │
//     (from anywhere)      waiting ◄──────────────────┘
//
// Whoever wants to ask calls ready() first: it returns when a session stands, and drives the
// machine for as long as it waits. Nobody waits, nothing is tried. A question whose session ends
// returns `unavailable`; it is put again by whoever asked it, because only he knows whether there
// is time. Open watches are opened anew on the next session.
//
// Between two attempts the wait doubles from `backoff_first` to `backoff_max`, give or take
// `jitter` of it, so that many clients do not come back in step. A session that lasted `settled`
// starts over.
//
// Errors of ready(): unavailable with the last reason, once the next attempt would come after
// `until`; protocol when what answers there is no gateway, which no waiting cures; cancelled.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

#include "base/random.h"
#include "gateway/session.h"

namespace opt_data::gateway {

using OpenSession = std::function<asio::awaitable<Result<std::unique_ptr<TwsSession>>>()>;

struct LinkOptions {
  std::chrono::milliseconds backoff_first{1'000};
  std::chrono::milliseconds backoff_max{60'000};
  double jitter = 0.2;
  std::chrono::seconds settled{60};
};

enum class LinkPhase : std::uint8_t { idle, connecting, up, waiting };

class Link : public Gateway {
 public:
  Link(
      OpenSession open, LinkOptions options, Clock& clock, observe::EventSink& events,
      Random random);
  ~Link() override;

  asio::awaitable<Result<void>> ready(Instant until) override;
  asio::awaitable<Result<UnderlyingContract>> underlying(Underlying symbol) override;
  asio::awaitable<Result<OptionChain>> option_chain(UnderlyingContract underlying) override;
  asio::awaitable<Result<std::vector<OptionContract>>> contracts(ContractQuery query) override;
  asio::awaitable<Result<QuoteAnswer>> quote(QuoteRequest request) override;
  asio::awaitable<Result<HistoryAnswer>> historical_bars(HistoryRequest request) override;
  asio::awaitable<Result<std::unique_ptr<Watch>>> watch(
      UnderlyingContract underlying, bool allow_delayed) override;

  LinkPhase phase() const;
  std::shared_ptr<TwsSession> session() const;  // Empty unless up.
  void close();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace opt_data::gateway
