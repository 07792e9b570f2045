#include <fmt/format.h>

#include <optional>

#include "base/text.h"
#include "tws/codec.h"
#include "tws/fields.h"

namespace opt_data::tws {
namespace {

std::optional<std::int32_t> version_number(std::string_view text) {
  std::int32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

}  // namespace

std::string encode_hello(const ClientHello& hello) {
  const std::string offer = fmt::format(
      "v{}..{}{}{}", hello.version_min, hello.version_max, hello.options.empty() ? "" : " ",
      hello.options);
  std::string out("API\0", 4);
  append_frame(out, offer);
  return out;
}

Result<ClientHello> decode_client_hello(std::string_view offer) {
  const auto refused = [offer] {
    return fail(
        ErrorKind::protocol, "cannot read version offer {}: expected 'v176..178' or 'v178'",
        quoted(offer));
  };
  const std::string_view trimmed = trim(offer);
  const std::string_view range = trimmed.substr(0, trimmed.find(' '));
  if (!range.starts_with('v')) return refused();
  const std::size_t dots = range.find("..");
  const auto low = version_number(range.substr(1, dots == range.npos ? dots : dots - 1));
  const auto high = dots == range.npos ? low : version_number(range.substr(dots + 2));
  if (!low || !high || *low <= 0 || *high < *low) return refused();
  return ClientHello{*low, *high, trim(trimmed.substr(range.size()))};
}

std::string encode_hello(const ServerHello& hello) {
  std::string payload = fmt::format("{}", hello.version);
  payload += '\0';
  payload += hello.time;
  payload += '\0';
  std::string out;
  append_frame(out, payload);
  return out;
}

Result<ServerHello> decode_server_hello(std::string_view payload) {
  const std::size_t first = payload.find('\0');
  const std::size_t second = first == payload.npos ? first : payload.find('\0', first + 1);
  if (second == payload.npos)
    return fail(
        ErrorKind::protocol, "cannot read the gateway's hello {}: it is not a version and a time",
        quoted(payload));
  const std::string_view number = payload.substr(0, first);
  const std::string_view time = payload.substr(first + 1, second - first - 1);
  const auto version = version_number(number);
  if (!version || *version == 0)
    return fail(
        ErrorKind::protocol, "cannot read the gateway's hello: server version is {}, no version",
        quoted(number));
  if (*version < 0)  // A negative version asks to go elsewhere; no local gateway does that.
    return fail(
        ErrorKind::protocol, "the gateway redirects to {}, which is not followed", quoted(time));
  return ServerHello{*version, time};
}

}  // namespace opt_data::tws
