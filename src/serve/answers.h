// How an answer or a failure leaves: JSON, status, headers.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "net/http.h"

namespace opt_data::serve {

net::HttpResponse json_response(std::string body, int status = 200);
// {"error":{"kind":"not_found","message":"..."}} with the status that fits the kind.
net::HttpResponse problem(const Error& error);
net::HttpResponse problem(int status, std::string_view kind, std::string message);
std::string to_text(const nlohmann::ordered_json& json);

// What an address asks for: "/api/v1/days?from=2025-10-06".
struct Target {
  std::string path;
  std::map<std::string, std::string> query;  // The last of several with one name.

  const std::string* find(const std::string& name) const;
};
// Errors: invalid_input for escapes that are none, and for bytes that no address has.
Result<Target> parse_target(std::string_view target);

}  // namespace opt_data::serve
