#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl.hpp>
#include <boost/beast/version.hpp>

#include "base/text.h"
#include "net/awaitable_tuple.h"
#include "net/http.h"

namespace opt_data::net {
namespace {

namespace beast = boost::beast;
namespace http = beast::http;
using tcp = asio::ip::tcp;

constexpr std::size_t answer_max = 64 * 1024;

tl::unexpected<Error> no_answer(
    const Url& url, const char* what, const boost::system::error_code& error) {
  return fail(ErrorKind::unavailable, "{}: {} ({})", url.place(), what, error.message());
}

http::request<http::string_body> request_of(const HttpPost& post) {
  http::request<http::string_body> request(http::verb::post, post.url.target, 11);
  const bool usual = post.url.port == (post.url.tls ? 443 : 80);
  const bool bracketed = post.url.host.find(':') != std::string::npos;
  const std::string host = bracketed ? "[" + post.url.host + "]" : post.url.host;
  request.set(http::field::host, usual ? host : fmt::format("{}:{}", host, post.url.port));
  request.set(http::field::user_agent, "opt-data");
  request.set(http::field::content_type, post.content_type);
  for (const auto& [name, value] : post.headers) request.set(name, value);
  request.body() = post.body;
  request.keep_alive(false);
  request.prepare_payload();
  return request;
}

template <typename Stream>
asio::awaitable<Result<HttpAnswer>> talk(Stream& stream, const HttpPost& post) {
  const auto request = request_of(post);
  const auto [write_error, written] = co_await http::async_write(stream, request, awaitable_tuple);
  if (write_error) co_return no_answer(post.url, "the request could not be sent", write_error);
  beast::flat_buffer buffer(answer_max);
  http::response_parser<http::string_body> parser;
  parser.body_limit(answer_max);
  // The head says all we want to know; what follows is the receiver's small talk.
  const auto [read_error, size] =
      co_await http::async_read_header(stream, buffer, parser, awaitable_tuple);
  if (read_error) co_return no_answer(post.url, "no answer was read", read_error);
  HttpAnswer answer;
  answer.status = parser.get().result_int();
  if (const auto wait = parse_int(std::string(parser.get()[http::field::retry_after])))
    if (*wait >= 0) answer.retry_after = std::chrono::seconds{*wait};
  co_return answer;
}

asio::awaitable<Result<void>> connect(beast::tcp_stream& stream, const Url& url) {
  tcp::resolver resolver(stream.get_executor());
  const auto [resolve_error, addresses] =
      co_await resolver.async_resolve(url.host, std::to_string(url.port), awaitable_tuple);
  if (resolve_error) co_return no_answer(url, "the host was not found", resolve_error);
  const auto [connect_error, endpoint] = co_await stream.async_connect(addresses, awaitable_tuple);
  if (connect_error) co_return no_answer(url, "nobody answers", connect_error);
  co_return Result<void>();
}

asio::awaitable<Result<HttpAnswer>> post_plain(const HttpPost& post) {
  beast::tcp_stream stream(co_await asio::this_coro::executor);
  OPT_CO_TRY_VOID(co_await connect(stream, post.url));
  co_return co_await talk(stream, post);
}

asio::awaitable<Result<HttpAnswer>> post_tls(const HttpPost& post) {
  asio::ssl::context trust(asio::ssl::context::tls_client);
  boost::system::error_code ignored;
  trust.set_default_verify_paths(ignored);
  beast::ssl_stream<beast::tcp_stream> stream(co_await asio::this_coro::executor, trust);
  stream.set_verify_mode(asio::ssl::verify_peer);
  stream.set_verify_callback(asio::ssl::host_name_verification(post.url.host));
  // A name only: addresses have no place in what the peer is told (RFC 6066).
  boost::system::error_code no_address;
  asio::ip::make_address(post.url.host, no_address);
  if (no_address) SSL_set_tlsext_host_name(stream.native_handle(), post.url.host.c_str());
  OPT_CO_TRY_VOID(co_await connect(stream.next_layer(), post.url));
  const auto [shake_error] =
      co_await stream.async_handshake(asio::ssl::stream_base::client, awaitable_tuple);
  if (shake_error) co_return no_answer(post.url, "no TLS session", shake_error);
  co_return co_await talk(stream, post);
}

asio::awaitable<Result<HttpAnswer>> post_either(const HttpPost& post) {
  if (post.url.tls) co_return co_await post_tls(post);
  co_return co_await post_plain(post);
}

}  // namespace

asio::awaitable<Result<HttpAnswer>> http_post(HttpPost post) {
  using namespace asio::experimental::awaitable_operators;  // NOLINT: how Asio spells the race
  asio::steady_timer timer(co_await asio::this_coro::executor, post.timeout);
  auto first = co_await (post_either(post) || timer.async_wait(awaitable_tuple));
  if (first.index() == 0) co_return std::get<0>(std::move(first));
  co_return fail(
      ErrorKind::unavailable, "{}: no answer within {} ms", post.url.place(), post.timeout.count());
}

}  // namespace opt_data::net
