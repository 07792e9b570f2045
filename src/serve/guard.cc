#include "serve/guard.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "serve/answers.h"

namespace opt_data::serve {
namespace {

constexpr std::string_view cookie_name = "opt_data_session=";
constexpr std::size_t peers_max = 4'096;

// Hashes are compared to their ends, so that the time says nothing about where they differ.
bool same_secret(std::string_view one, std::string_view other) {
  const std::string a = sha256_hex(one), b = sha256_hex(other);
  unsigned difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    difference |= static_cast<unsigned>(a[i]) ^ static_cast<unsigned>(b[i]);
  return difference == 0;
}

std::string without_port(std::string_view host) {
  if (host.starts_with('[')) return std::string(host.substr(0, host.find(']') + 1));
  return std::string(host.substr(0, host.find(':')));
}

std::string lower(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

std::string cookie_of(const net::HttpRequest& request) {
  for (const std::string_view part : split(request.header("cookie"), ';')) {
    const std::string_view each = trim(part);
    if (each.starts_with(cookie_name)) return std::string(each.substr(cookie_name.size()));
  }
  return {};
}

std::string_view bearer_of(const net::HttpRequest& request) {
  constexpr std::string_view scheme = "Bearer ";
  const std::string_view header = request.header("authorization");
  return header.starts_with(scheme) ? trim(header.substr(scheme.size())) : std::string_view{};
}

std::string cookie(std::string_view value, std::chrono::seconds age) {
  return fmt::format(
      "{}{}; Path=/; HttpOnly; SameSite=Strict; Max-Age={}", cookie_name, value, age.count());
}

net::HttpResponse nothing() {
  net::HttpResponse response;
  response.status = 204;
  return response;
}

}  // namespace

// 127.evil.example is a name like any other.
bool is_loopback(std::string_view address) {
  const auto is_digit_or_dot = [](char c) { return (c >= '0' && c <= '9') || c == '.'; };
  return address == "::1" || address == "localhost" ||
         (address.starts_with("127.") && std::ranges::all_of(address, is_digit_or_dot));
}

void add_security_headers(net::HttpResponse& response) {
  for (const auto& [name, value] :
       {std::pair{
            "Content-Security-Policy",
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
            "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"},
        {"Referrer-Policy", "no-referrer"},
        {"X-Frame-Options", "DENY"},
        {"Cross-Origin-Resource-Policy", "same-origin"},
        {"Cross-Origin-Opener-Policy", "same-origin"},
        {"Permissions-Policy", "camera=(), microphone=(), geolocation=()"}})
    response.headers.emplace_back(name, value);
}

bool Guard::is_host(std::string_view host) const {
  const std::string name = lower(without_port(host));
  return name == "[::1]" || is_loopback(name) ||
         std::ranges::find(options_.hosts, name) != options_.hosts.end();
}

Guard::Peer& Guard::peer(const std::string& address, Time now) {
  if (peers_.size() >= peers_max && !peers_.contains(address)) {
    const auto oldest =
        std::ranges::min_element(peers_, {}, [](const auto& each) { return each.second.at; });
    peers_.erase(oldest);
  }
  auto [found, fresh] = peers_.try_emplace(address);
  if (fresh) found->second = {static_cast<double>(2 * options_.requests_per_second), now, 0, now};
  return found->second;
}

std::optional<net::HttpResponse> Guard::refuse(const net::HttpRequest& request, Time now) {
  if (!is_host(request.header("host")))
    return problem(
        421, "refused",
        "this server is not called that; ask it by its address, or add the name to serve.hosts");
  const std::string_view site = request.header("sec-fetch-site");
  const bool navigates = request.header("sec-fetch-mode") == "navigate" && request.method == "GET";
  if (!site.empty() && site != "same-origin" && site != "none" && !navigates)
    return problem(403, "refused", "another site may not ask here");
  const std::string_view origin = request.header("origin");
  if (!origin.empty() && origin != "null") {
    const std::size_t at = origin.find("://");
    const std::string_view from = at == std::string_view::npos ? origin : origin.substr(at + 3);
    if (from != request.header("host"))
      return problem(403, "refused", "another site may not ask here");
  }
  if (is_loopback(request.peer)) return std::nullopt;
  Peer& one = peer(request.peer, now);
  const double rate = options_.requests_per_second;
  const std::chrono::duration<double> since = now - one.at;
  one.left = std::min(2 * rate, one.left + since.count() * rate);
  one.at = now;
  if (one.left < 1) {
    net::HttpResponse response = problem(429, "unavailable", "too many requests; slow down");
    response.headers.emplace_back("Retry-After", "1");
    return response;
  }
  one.left -= 1;
  return std::nullopt;
}

bool Guard::has_token(const net::HttpRequest& request) const {
  const std::string_view given = bearer_of(request);
  return !given.empty() && same_secret(given, options_.token);
}

bool Guard::too_often_wrong(const std::string& address, Time now) {
  Peer& one = peer(address, now);
  if (now - one.wrong_since > std::chrono::minutes{1}) {
    one.wrong = 0;
    one.wrong_since = now;
  }
  return one.wrong >= wrong_tokens_max;
}

bool Guard::knows(const net::HttpRequest& request, Time now) {
  const std::string value = cookie_of(request);
  if (value.empty()) return false;
  const auto found = sessions_.find(sha256_hex(value));
  if (found == sessions_.end()) return false;
  if (found->second > now) return true;
  sessions_.erase(found);
  return false;
}

std::optional<net::HttpResponse> Guard::refuse_stranger(const net::HttpRequest& request, Time now) {
  if (options_.token.empty() || knows(request, now)) return std::nullopt;
  if (too_often_wrong(request.peer, now)) {
    net::HttpResponse response =
        problem(429, "unavailable", "too many wrong tokens; wait a minute");
    response.headers.emplace_back("Retry-After", "60");
    return response;
  }
  if (has_token(request)) return std::nullopt;
  if (!bearer_of(request).empty()) ++peer(request.peer, now).wrong;
  net::HttpResponse response = problem(
      401, "refused",
      "a token is needed here: send it as `Authorization: Bearer ...`; `opt-data serve` printed "
      "where it is kept");
  response.headers.emplace_back("WWW-Authenticate", "Bearer");
  return response;
}

net::HttpResponse Guard::session(const net::HttpRequest& request, Time now) {
  if (request.method == "DELETE") {
    sessions_.erase(sha256_hex(cookie_of(request)));
    net::HttpResponse response = nothing();
    response.headers.emplace_back("Set-Cookie", cookie("", std::chrono::seconds{0}));
    return response;
  }
  if (auto refused = refuse_stranger(request, now)) return *std::move(refused);
  net::HttpResponse response = nothing();
  if (request.method != "POST" || options_.token.empty()) return response;
  std::erase_if(sessions_, [now](const auto& each) { return each.second <= now; });
  if (sessions_.size() >= sessions_max)
    sessions_.erase(
        std::ranges::min_element(sessions_, {}, [](const auto& each) { return each.second; }));
  const std::string value = secret_();
  sessions_[sha256_hex(value)] = now + session_age;
  response.headers.emplace_back("Set-Cookie", cookie(value, session_age));
  return response;
}

}  // namespace opt_data::serve
