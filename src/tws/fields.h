// The fields of one message. A reader and a writer have the same words, so that one list of fields
// (layout.h) serves both directions and they cannot drift apart.
//
// The reader is zero-copy and remembers its first failure: afterwards it gives empty values, and
// the caller looks once, at the end. Errors: protocol, naming message, field and value.
#pragma once

#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "base/result.h"
#include "tws/absent.h"
#include "tws/messages.h"

namespace opt_data::tws {

// At most 40 bytes of `text` in quotes, with everything unprintable escaped.
std::string quoted(std::string_view text);

class FieldReader {
 public:
  static constexpr bool reads = true;

  // Requires: `fields` is empty or ends with NUL; it starts after the message id.
  FieldReader(const char* message, std::int32_t id, std::int32_t version, std::string_view fields)
      : message_(message),
        id_(id),
        server_version_(version),
        cursor_(fields.data()),
        end_(fields.data() + fields.size()) {}

  std::int32_t id() const { return id_; }
  bool failed() const { return failed_; }
  Error error() const;
  std::size_t rest() const;  // Fields not read yet.

  void version(std::int32_t /*written*/) { integer<std::int32_t>("version", 0); }
  void constant(const char* field, std::string_view /*written*/) { take(field); }
  void text(const char* field, Text& value) { value = take(field); }
  void whole(const char* field, std::int32_t& value, std::int32_t when_empty = 0) {
    value = integer<std::int32_t>(field, when_empty);
  }
  void whole(const char* field, std::int64_t& value) { value = integer<std::int64_t>(field, 0); }
  void whole(const char* field, Tick& value) {
    value = static_cast<Tick>(integer<std::int32_t>(field, 0));
  }
  void moment(const char* field, std::int64_t& value);                // Seconds since 1970.
  void group(const char* field, std::optional<std::int32_t>& value);  // 2147483647 is absent.
  void tally(const char* field, std::optional<std::int64_t>& value);  // So is a negative one.
  void flag(const char* field, bool& value);
  void decimal(const char* field, std::optional<double>& value, Absent absent);
  void decimal(const char* field, double& value);  // One that has to be there.
  void strike(const char* field, double& value) { decimal(field, value); }

  // A count, then that many entries of at least `fields_each` fields.
  template <typename Entry, typename Each>
  void list(const char* field, std::vector<Entry>& entries, std::size_t fields_each, Each each) {
    const std::size_t n = count(field, fields_each);
    entries.reserve(n);
    while (entries.size() < n && !failed_) each(entries.emplace_back());
  }

 private:
  // Nearly every integer of a tick has a few digits and no sign, and is read where it is asked for.
  template <typename Integer>
  [[gnu::always_inline]] Integer integer(const char* field, Integer when_empty) {
    const char* at = cursor_;
    std::uint32_t few = 0;
    if (at != end_)
      for (std::uint32_t digit = 0; (digit = static_cast<std::uint32_t>(*at) - '0') <= 9; ++at)
        few = few * 10 + digit;
    const std::ptrdiff_t digits = at - cursor_;
    if (digits == 0 || digits > 9 || *at != '\0') return any_integer(field, when_empty);
    cursor_ = at + 1;
    return static_cast<Integer>(few);
  }
  template <typename Integer>
  [[gnu::noinline]] Integer any_integer(const char* field, Integer when_empty) {
    if (cursor_ == end_) return missing(field), Integer{};
    const char* const from = cursor_;
    if (*from == '\0') return ++cursor_, when_empty;
    Integer value = 0;
    const auto [stop, error] = std::from_chars(from, end_, value);
    if (error != std::errc{} || *stop != '\0')
      return refuse(field, from, sizeof(Integer) == 4 ? not_int32 : not_int64), Integer{};
    cursor_ = stop + 1;
    return value;
  }
  std::string_view take(const char* field) {
    if (cursor_ == end_) return missing(field), std::string_view{};
    const char* const from = cursor_;
    const char* const stop = from + std::strlen(from);
    cursor_ = stop + 1;
    return {from, static_cast<std::size_t>(stop - from)};
  }
  bool number(const char* field, double& value);  // False: there is none, or it failed.
  void unusual_number(const char* field, bool out_of_range);
  std::size_t count(const char* field, std::size_t fields_each);
  void missing(const char* field);
  void refuse(const char* field, const char* from, const char* reason);

  static constexpr const char* not_int32 = "no whole number of 32 bits";
  static constexpr const char* not_int64 = "no whole number of 64 bits";

  const char* message_;
  std::int32_t id_;
  std::int32_t server_version_;
  const char* cursor_;
  const char* end_;
  bool failed_ = false;
  const char* failed_field_ = nullptr;
  const char* failed_reason_ = nullptr;  // None: the message ended too early.
  std::string_view failed_value_;
};

class FieldWriter {
 public:
  static constexpr bool reads = false;

  FieldWriter(std::string& out, std::int32_t id);
  void finish();  // Writes the length in front.

  void version(std::int32_t written) { integer(written); }
  void constant(const char* /*field*/, std::string_view written) { text("", written); }
  void text(const char* field, Text value);
  void whole(const char* /*field*/, std::int64_t value, std::int32_t /*when_empty*/ = 0) {
    integer(value);
  }
  void whole(const char* /*field*/, Tick value) { integer(static_cast<std::int32_t>(value)); }
  void moment(const char* /*field*/, std::int64_t value) { integer(value); }
  void group(const char* field, std::optional<std::int32_t> value);
  void tally(const char* field, std::optional<std::int64_t> value);
  void flag(const char* /*field*/, bool value) { integer(value ? 1 : 0); }
  void decimal(const char* field, std::optional<double> value, Absent absent);
  void decimal(const char* /*field*/, double value) { real(value, false); }
  void strike(const char* /*field*/, double value) { real(value, true); }

  template <typename Entry, typename Each>
  void list(const char*, const std::vector<Entry>& entries, std::size_t, Each each) {
    integer(static_cast<std::int64_t>(entries.size()));
    for (const Entry& entry : entries) each(entry);
  }

 private:
  void integer(std::int64_t value);
  void real(double value, bool with_point);

  std::string& out_;
  std::size_t length_at_;
};

}  // namespace opt_data::tws
