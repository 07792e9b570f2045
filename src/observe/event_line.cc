#include "observe/event_line.h"

#include <limits>
#include <nlohmann/json.hpp>

namespace opt_data::observe {
namespace {

using nlohmann::json;

Result<Level> parse_level(std::string_view text) {
  for (const Level level :
       {Level::debug, Level::info, Level::warning, Level::error, Level::critical})
    if (to_text(level) == text) return level;
  return fail(ErrorKind::corrupt, "its level is unknown");
}

// Reads the members of an object and remembers the first that is not what it should be.
class Members {
 public:
  explicit Members(const json& object) : object_(object) {}

  std::string required(const char* name) {
    if (!object_.contains(name)) note(name, "is missing");
    return optional(name);
  }
  std::string optional(const char* name) {
    const auto found = object_.find(name);
    if (found == object_.end()) return {};
    if (found->is_string()) return found->get<std::string>();
    note(name, "is not text");
    return {};
  }
  template <typename Number>
  std::optional<Number> number(const char* name) {
    const auto found = object_.find(name);
    if (found == object_.end()) return std::nullopt;
    const bool too_large = found->is_number_unsigned() &&
                           found->get<std::uint64_t>() >
                               static_cast<std::uint64_t>(std::numeric_limits<Number>::max());
    if (found->is_number_integer() && !too_large)
      if (const auto value = found->get<std::int64_t>();
          value >= std::numeric_limits<Number>::min())
        return static_cast<Number>(value);
    note(name, "is not a whole number of its size");
    return std::nullopt;
  }
  const std::string& trouble() const { return trouble_; }

 private:
  void note(const char* name, const char* what) {
    if (trouble_.empty()) trouble_ = fmt::format("{} {}", name, what);
  }

  const json& object_;
  std::string trouble_;
};

}  // namespace

std::string to_line(const Event& event, const RunContext& run, Instant at) {
  nlohmann::ordered_json line = {
      {"ts", iso_utc(at)},
      {"level", to_text(event.level)},
      {"code", event.code},
      {"component", event.component},
      {"job", run.job},
      {"ingest_id", run.ingest_id},
      {"trade_date", run.trade_date}};
  if (!event.symbol.empty()) line["symbol"] = event.symbol;
  if (!event.slot.empty()) line["slot"] = event.slot;
  if (event.conid) line["conid"] = *event.conid;
  if (event.broker_code) line["broker_code"] = *event.broker_code;
  if (!event.file.empty()) line["file"] = event.file;
  line["message"] = event.message;
  return line.dump(-1, ' ', /*ensure_ascii=*/false, json::error_handler_t::replace);
}

Result<LoggedEvent> from_line(std::string_view line) {
  const json object = json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) return fail(ErrorKind::corrupt, "it is not a JSON object");
  Members members(object);
  LoggedEvent logged;
  const std::string ts = members.required("ts");
  const std::string level = members.required("level");
  logged.event.code = members.required("code");
  logged.event.message = members.required("message");
  logged.event.component = members.optional("component");
  logged.run.job = members.optional("job");
  logged.run.ingest_id = members.optional("ingest_id");
  logged.run.trade_date = members.optional("trade_date");
  logged.event.symbol = members.optional("symbol");
  logged.event.slot = members.optional("slot");
  logged.event.conid = members.number<ContractId>("conid");
  logged.event.broker_code = members.number<int>("broker_code");
  logged.event.file = members.optional("file");
  if (!members.trouble().empty()) return fail(ErrorKind::corrupt, "its {}", members.trouble());
  OPT_TRY(logged.event.level, parse_level(level));
  const auto at = parse_utc(ts);
  if (!at) return fail(ErrorKind::corrupt, "its ts is not a moment");
  logged.at = *at;
  return logged;
}

}  // namespace opt_data::observe
