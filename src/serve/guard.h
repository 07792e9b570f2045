// Who may ask. Loopback is everybody on this machine, and needs no token; any other address does.
//
// A page of somebody else's must not ask through the browser of ours: the Host header names this
// server or is refused (DNS rebinding), what comes from another site is refused, and no header
// invites anybody (no CORS). A token is compared in constant time and is never part of an address;
// a browser gets a cookie for it that scripts cannot read.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "net/http.h"

namespace opt_data::serve {

struct GuardOptions {
  std::string token;               // Empty: none is needed.
  std::vector<std::string> hosts;  // Names besides those of loopback, without ports.
  int requests_per_second = 200;   // Of one address that is not loopback.
};

class Guard {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr int wrong_tokens_max = 5;  // A minute and address.
  static constexpr std::size_t sessions_max = 64;
  static constexpr std::chrono::hours session_age{12};

  Guard(GuardOptions options, std::function<std::string()> secret)
      : options_(std::move(options)), secret_(std::move(secret)) {}

  // Before anything else. Empty: it may go on.
  std::optional<net::HttpResponse> refuse(const net::HttpRequest& request, Time now);
  // For what is below /api and for /metrics. Empty: it may go on.
  std::optional<net::HttpResponse> refuse_stranger(const net::HttpRequest& request, Time now);
  // GET, POST and DELETE of /api/v1/session.
  net::HttpResponse session(const net::HttpRequest& request, Time now);

 private:
  struct Peer {
    double left = 0;  // Requests.
    Time at{};
    int wrong = 0;  // Tokens, since
    Time wrong_since{};
  };
  bool knows(const net::HttpRequest& request, Time now);
  bool is_host(std::string_view host) const;
  bool has_token(const net::HttpRequest& request) const;
  bool too_often_wrong(const std::string& peer, Time now);
  Peer& peer(const std::string& address, Time now);

  GuardOptions options_;
  std::function<std::string()> secret_;
  std::map<std::string, Time> sessions_;  // Until when; by the hash of what the cookie holds.
  std::map<std::string, Peer> peers_;
};

bool is_loopback(std::string_view address);  // 127.0.0.0/8, ::1, localhost

// What every answer says to a browser.
void add_security_headers(net::HttpResponse& response);

}  // namespace opt_data::serve
