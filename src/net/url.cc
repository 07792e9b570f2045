#include <algorithm>
#include <utility>

#include "base/text.h"
#include "net/http.h"

namespace opt_data::net {

std::string Url::place() const { return fmt::format("{}:{}", host, port); }

Result<Url> parse_url(std::string_view text) {
  const auto wrong = [](std::string_view why) { return fail(ErrorKind::invalid_input, "{}", why); };
  Url url;
  if (text.starts_with("https://")) {
    url.tls = true;
    url.port = 443;
  } else if (!text.starts_with("http://")) {
    return wrong("must begin with https:// or http://");
  }
  std::string_view rest = text.substr(url.tls ? 8 : 7);
  const std::size_t end = std::min(rest.find_first_of("/?#"), rest.size());
  std::string_view authority = rest.substr(0, end);
  std::string target(rest.substr(end, rest.find('#') - end));
  for (const char c : text)
    if (static_cast<unsigned char>(c) <= 0x20 || c == 0x7F)
      return wrong("has a blank or a control character in it");
  if (authority.find('@') != authority.npos) return wrong("must not hold a user or a password");
  std::string_view port;
  if (authority.starts_with("[")) {
    const std::size_t close = authority.find(']');
    if (close == authority.npos) return wrong("has a bracket that is not closed");
    url.host = authority.substr(1, close - 1);
    port = authority.substr(close + 1);
  } else {
    const std::size_t colon = std::min(authority.find(':'), authority.size());
    url.host = authority.substr(0, colon);
    port = authority.substr(colon);
  }
  if (url.host.empty()) return wrong("names no host");
  if (!port.empty()) {
    const auto number = parse_int(port.substr(1));
    if (port[0] != ':' || !number || *number < 1 || *number > 65535)
      return wrong("has a port that is none; use 1 to 65535");
    url.port = static_cast<std::uint16_t>(*number);
  }
  if (!target.starts_with('/')) target.insert(0, "/");
  url.target = std::move(target);
  return url;
}

}  // namespace opt_data::net
