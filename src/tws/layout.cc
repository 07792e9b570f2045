#include "tws/layout.h"

#include "tws/contract_fields.h"

namespace opt_data::tws {

void require_spoken(std::int32_t version) { OPT_CHECK(is_spoken(version)); }

Result<Opened> open_message(std::string_view payload, std::int32_t version) {
  if (!is_spoken(version))
    return fail(
        ErrorKind::protocol, "cannot read a message at server version {}: only {} to {} are spoken",
        version, version_min, version_max);
  if (payload.empty()) return fail(ErrorKind::protocol, "cannot read a message of no bytes");
  // No text of such a message goes into the error, for it may be an account number.
  if (payload.back() != '\0')
    return fail(
        ErrorKind::protocol, "cannot read message {}: the last of its {} bytes is not NUL",
        quoted(payload.substr(0, payload.find('\0')).substr(0, 12)), payload.size());
  std::int32_t id = 0;
  const char* const end = payload.data() + payload.size();
  const auto [stop, error] = std::from_chars(payload.data(), end, id);
  const bool whole = stop != end && *stop == '\0';
  if (error != std::errc{} || !whole)
    return fail(
        ErrorKind::protocol, "cannot read a message: its id is {}, no whole number of 32 bits",
        quoted(payload.substr(0, payload.find('\0'))));
  return Opened{id, payload.substr(static_cast<std::size_t>(stop - payload.data()) + 1)};
}

void last_trade_fields(FieldReader& f, Text& date, Text& time, Text& zone) {
  Text whole;
  f.text("lastTradeDate", whole);
  const auto cut = [&whole](Text& part) {
    const std::size_t at = whole.find_first_of("- ");
    part = whole.substr(0, at);
    whole = at == Text::npos ? Text{} : whole.substr(at + 1);
  };
  cut(date);
  cut(time);
  zone = whole;
}

void last_trade_fields(FieldWriter& f, Text date, Text time, Text zone) {
  std::string whole(date);
  if (!time.empty() || !zone.empty()) whole.append(" ").append(time);
  if (!zone.empty()) whole.append(" ").append(zone);
  f.text("lastTradeDate", whole);
}

}  // namespace opt_data::tws
