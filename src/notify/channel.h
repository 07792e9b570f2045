// Where alerts go: a webhook, or a command of the operator's own.
//
// What a channel says of a failure names its host or its program, never the address: that may be a
// secret.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/http.h"
#include "notify/alert.h"
#include "notify/options.h"

namespace opt_data::notify {

namespace asio = boost::asio;

struct Delivery {
  bool accepted = false;
  std::string why;                                  // Of a refusal.
  std::optional<std::chrono::seconds> retry_after;  // The receiver's wish.
  bool hopeless = false;  // Asking again soon would change nothing: "no such webhook".
};

class Channel {
 public:
  virtual ~Channel() = default;
  virtual const std::string& name() const = 0;
  // Takes at most as long as the channel's timeout.
  virtual asio::awaitable<Delivery> send(Alert alert) = 0;
};

enum class WebhookKind : std::uint8_t { slack, discord, json };

// The alert's key goes along as the header Idempotency-Key, and in the body of `json`.
std::unique_ptr<Channel> make_webhook(
    std::string name, WebhookKind kind, net::Url url, std::chrono::milliseconds timeout);

// `arguments` is a program and its arguments, run without a shell; the alert comes on its standard
// input as json_of(). Exit code 0 is an acceptance. One that takes too long is killed.
std::unique_ptr<Channel> make_command(
    std::string name, std::vector<std::string> arguments, std::chrono::milliseconds timeout);

// Errors: invalid_input for an address that is none, without repeating it.
Result<std::vector<std::unique_ptr<Channel>>> make_channels(const ChannelOptions& options);

}  // namespace opt_data::notify
