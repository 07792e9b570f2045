// HTTP as far as this program needs it: one POST to somebody's webhook, and a small server for
// those who read. Both give up on a peer that is slow, and never read more than they want.
//
// An address may hold a secret in its path, so no error repeats more of it than host and port.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace opt_data::net {

namespace asio = boost::asio;

struct Url {
  bool tls = false;
  std::string host;
  std::uint16_t port = 80;
  std::string target = "/";   // Path and query.
  std::string place() const;  // "hooks.example.com:443"
  bool operator==(const Url&) const = default;
};

// http://host[:port][/path] or https://...; an IPv6 address in brackets. Errors: invalid_input.
Result<Url> parse_url(std::string_view text);

struct HttpPost {
  Url url;
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string body;
  std::chrono::milliseconds timeout = std::chrono::seconds{10};  // For everything together.
};

struct HttpAnswer {
  int status = 0;
  std::optional<std::chrono::seconds> retry_after;
  bool accepted() const { return status >= 200 && status < 300; }
};

// Redirections are not followed: an alert goes where somebody sent it. Certificates are checked
// against the system's authorities. Errors: unavailable, when no answer was read; the peer may have
// read the body nevertheless.
asio::awaitable<Result<HttpAnswer>> http_post(HttpPost post);

struct HttpRequest {
  std::string method;
  std::string target;
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;  // Names in lower case.
  std::string peer = {};                                     // Its address, without the port.
  std::string_view header(std::string_view name) const;      // Empty where there is none.
};

// A body that is made while it is sent: nothing is asked for the next piece before the peer has
// taken the last one.
class HttpPieces {
 public:
  virtual ~HttpPieces() = default;
  // No value ends the body. An error cuts it off, and the peer sees that it is not whole.
  virtual asio::awaitable<Result<std::optional<std::string>>> next() = 0;
};

struct HttpResponse {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers = {};  // They win over the server's.
  std::shared_ptr<const std::string> shared_body = {};            // Instead of `body`.
  std::shared_ptr<HttpPieces> pieces = {};                        // Instead of both.
};

struct HttpServerOptions {
  // One more, and the connection that has waited longest between two requests makes room; where
  // none waits, the new one is closed.
  int connections_max = 32;
  std::size_t body_max = 64 * 1024;
  std::chrono::seconds patience{10};    // With a peer that says nothing, or does not read.
  std::chrono::seconds age_max{3'600};  // An older connection is closed after its answer.
};

class HttpServer {
 public:
  // On the executor that asks; all of it runs there.
  using Handler = std::function<HttpResponse(const HttpRequest&)>;
  using AsyncHandler = std::function<asio::awaitable<HttpResponse>(HttpRequest)>;

  // Port 0 takes any free one. Errors: invalid_input, unavailable.
  static Result<std::unique_ptr<HttpServer>> bind(
      asio::any_io_executor executor, const std::string& host, std::uint16_t port,
      HttpServerOptions options = {});
  ~HttpServer();

  // Until close(), or the server is destroyed.
  void start(Handler handler);
  void start(AsyncHandler handler);
  std::uint16_t port() const;
  int connections() const;
  void close();

 private:
  struct State;
  explicit HttpServer(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
};

}  // namespace opt_data::net
