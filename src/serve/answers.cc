#include "serve/answers.h"

#include "base/text.h"

namespace opt_data::serve {
namespace {

using nlohmann::ordered_json;

int status_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::invalid_input:
      return 400;
    case ErrorKind::not_found:
      return 404;
    case ErrorKind::unavailable:
      return 503;
    case ErrorKind::refused:
      return 422;
    case ErrorKind::protocol:
    case ErrorKind::corrupt:
    case ErrorKind::storage:
    case ErrorKind::cancelled:
      return 500;
  }
  return 500;
}

Result<std::string> unescaped(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+') {
      out += ' ';
      continue;
    }
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    const auto digit = [&](std::size_t at) -> int {
      const char c = at < text.size() ? text[at] : ' ';
      if (c >= '0' && c <= '9') return c - '0';
      if (c >= 'a' && c <= 'f') return c - 'a' + 10;
      if (c >= 'A' && c <= 'F') return c - 'A' + 10;
      return -1;
    };
    const int high = digit(i + 1), low = digit(i + 2);
    if (high < 0 || low < 0 || high * 16 + low == 0)
      return fail(ErrorKind::invalid_input, "the address has a % that escapes nothing");
    out += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return out;
}

}  // namespace

std::string to_text(const ordered_json& json) {
  return json.dump(-1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

net::HttpResponse json_response(std::string body, int status) {
  net::HttpResponse response;
  response.status = status;
  response.content_type = "application/json";
  response.body = std::move(body);
  return response;
}

net::HttpResponse problem(int status, std::string_view kind, std::string message) {
  const ordered_json json = {{"error", {{"kind", kind}, {"message", std::move(message)}}}};
  return json_response(to_text(json), status);
}

net::HttpResponse problem(const Error& error) {
  net::HttpResponse response =
      problem(status_of(error.kind), opt_data::to_text(error.kind), error.message);
  if (error.kind == ErrorKind::unavailable) response.headers.emplace_back("Retry-After", "2");
  return response;
}

const std::string* Target::find(const std::string& name) const {
  const auto found = query.find(name);
  return found == query.end() || found->second.empty() ? nullptr : &found->second;
}

Result<Target> parse_target(std::string_view text) {
  Target target;
  const std::size_t mark = text.find('?');
  OPT_TRY(target.path, unescaped(text.substr(0, mark)));
  if (!target.path.starts_with('/'))
    return fail(ErrorKind::invalid_input, "an address begins with /");
  if (mark == std::string_view::npos) return target;
  for (const std::string_view pair : split(text.substr(mark + 1), '&')) {
    if (pair.empty()) continue;
    const std::size_t equals = pair.find('=');
    OPT_TRY(std::string name, unescaped(pair.substr(0, equals)));
    std::string value;
    if (equals != std::string_view::npos) {
      OPT_TRY(value, unescaped(pair.substr(equals + 1)));
    }
    target.query.insert_or_assign(std::move(name), std::move(value));
  }
  return target;
}

}  // namespace opt_data::serve
