#include "tws/fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>

#include "tws/codec.h"

namespace opt_data::tws {
namespace {

constexpr std::int32_t unset_int32 = std::numeric_limits<std::int32_t>::max();
constexpr std::int64_t unset_int64 = std::numeric_limits<std::int64_t>::max();
constexpr double unset_from = 1e300;

bool is_absent(double value, Absent absent) {
  switch (absent) {
    case Absent::empty:
      return false;
    case Absent::zero:
      return value == 0;
    case Absent::not_positive:
      return value <= 0;
    case Absent::minus_one:
      return value == -1;
    case Absent::minus_two:
      return value == -2;
    case Absent::size:
    case Absent::negative:
      return value < 0;
  }
  return false;
}

std::string_view spelling(Absent absent) {
  switch (absent) {
    case Absent::empty:
    case Absent::size:
      return "";
    case Absent::zero:
    case Absent::not_positive:
      return "0";
    case Absent::minus_one:
    case Absent::negative:
      return "-1";
    case Absent::minus_two:
      return "-2";
  }
  return "";
}

}  // namespace

std::string quoted(std::string_view text) {
  constexpr std::size_t shown_max = 40;
  std::string out = "'";
  for (const char c : text.substr(0, shown_max)) {
    if (c == '\'' || c == '\\')
      out += fmt::format("\\{}", c);
    else if (c >= ' ' && c <= '~')
      out += c;
    else
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
  }
  return out + (text.size() > shown_max ? "'..." : "'");
}

// ---- reading

Error FieldReader::error() const {
  const std::string where =
      fmt::format("cannot read {} at server version {}", message_, server_version_);
  if (failed_reason_ == nullptr)
    return {ErrorKind::protocol, fmt::format("{}: it ends before {}", where, failed_field_)};
  // Account numbers never reach an error text, not even those of a shifted message.
  const bool secret = std::string_view(message_) == "managedAccts";
  return {
      ErrorKind::protocol, fmt::format(
                               "{}: {} is {}, {}", where, failed_field_,
                               secret ? "(hidden)" : quoted(failed_value_), failed_reason_)};
}

std::size_t FieldReader::rest() const {
  return static_cast<std::size_t>(std::count(cursor_, end_, '\0'));
}

void FieldReader::missing(const char* field) {
  if (failed_) return;
  failed_ = true;
  failed_field_ = field;
}

void FieldReader::refuse(const char* field, const char* from, const char* reason) {
  if (failed_) return;
  failed_ = true;
  failed_field_ = field;
  failed_reason_ = reason;
  failed_value_ = std::string_view(from);
  cursor_ = end_;  // Whatever is read next finds the end, and the first failure stays.
}

namespace {

// Nine digits and a power of ten are exact as doubles, and so their quotient is rounded once and
// right: W. D. Clinger, "How to read floating point numbers accurately", 1990. Nearly every price
// and size is such a number; a model's are longer, and are left after nine digits.
constexpr int digits_max = 9;
constexpr double powers_of_ten[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9};

// Requires: a NUL somewhere behind the cursor, which is moved behind it. False for any other
// number, or none: the cursor stays.
bool short_decimal(const char*& cursor, double& value) {
  const char* at = cursor;
  const bool negative = *at == '-';
  if (negative) ++at;
  const char* point = nullptr;
  std::uint32_t digits = 0;
  int count = 0;
  for (;; ++at) {
    const auto digit = static_cast<std::uint32_t>(*at) - '0';
    if (digit <= 9) {
      if (++count > digits_max) return false;
      digits = digits * 10 + digit;
    } else if (*at == '.' && point == nullptr) {
      point = at;
    } else {
      break;
    }
  }
  if (*at != '\0' || count == 0) return false;
  cursor = at + 1;
  value = digits;
  if (point != nullptr) value /= powers_of_ten[at - point - 1];
  if (negative) value = -value;
  return true;
}

}  // namespace

// By reference and a flag: an optional of a double that is returned is written in two parts and
// read back as one, which stalls.
bool FieldReader::number(const char* field, double& value) {
  if (cursor_ == end_) return missing(field), false;
  if (*cursor_ == '\0') return ++cursor_, false;
  if (short_decimal(cursor_, value)) return true;
  const auto [stop, error] = std::from_chars(cursor_, end_, value);
  if (error != std::errc{} || *stop != '\0') {
    unusual_number(field, error == std::errc::result_out_of_range && *stop == '\0');
    return false;
  }
  cursor_ = stop + 1;
  return std::abs(value) < unset_from;  // Neither is NaN.
}

// The words of other languages' number formats that from_chars does not know.
void FieldReader::unusual_number(const char* field, bool out_of_range) {
  const char* const from = cursor_;
  const std::string_view text = take(field);
  if (!out_of_range && text != "Infinite" && text != "-Infinite") refuse(field, from, "no number");
}

void FieldReader::decimal(const char* field, std::optional<double>& value, Absent absent) {
  double given = 0;
  if (number(field, given) && !is_absent(given, absent))
    value = given;
  else
    value.reset();
}

void FieldReader::decimal(const char* field, double& value) {
  const char* const from = cursor_;
  if (number(field, value)) return;
  if (!failed_) refuse(field, from, "no number");
  value = 0;
}

void FieldReader::moment(const char* field, std::int64_t& value) {
  const char* const from = cursor_;
  whole(field, value);
  if (failed_ || (value >= 0 && value <= epoch_seconds_max)) return;
  refuse(field, from, "no time before the year 10000");
}

void FieldReader::group(const char* field, std::optional<std::int32_t>& value) {
  value = integer<std::int32_t>(field, unset_int32);
  if (*value == unset_int32) value.reset();
}

void FieldReader::tally(const char* field, std::optional<std::int64_t>& value) {
  value = integer<std::int64_t>(field, unset_int64);
  if (*value < 0 || *value == unset_int32 || *value == unset_int64) value.reset();
}

void FieldReader::flag(const char* field, bool& value) {
  const std::string_view text = take(field);
  value = text == "1" || text == "true" || text == "True";
  if (!value && !text.empty() && text != "0" && text != "false" && text != "False")
    refuse(field, text.data(), "neither 1 nor 0");
}

// A count is believed when its entries are there. Looking stops at the last of them, which are read
// next, so that nested lists cost no more than their bytes.
std::size_t FieldReader::count(const char* field, std::size_t fields_each) {
  const char* const from = cursor_;
  const auto n = integer<std::int32_t>(field, 0);
  if (failed_) return 0;
  const auto refused = [&] {
    refuse(field, from, "a count of more entries than follow");
    return std::size_t{0};
  };
  const auto left = static_cast<std::size_t>(end_ - cursor_);  // Each field has at least its NUL.
  if (n < 0 || static_cast<std::size_t>(n) > left / fields_each) return refused();
  const char* at = cursor_;
  for (std::size_t fields = static_cast<std::size_t>(n) * fields_each; fields > 0; --fields) {
    if (at == end_) return refused();
    at += std::strlen(at) + 1;
  }
  return static_cast<std::size_t>(n);
}

// ---- writing

FieldWriter::FieldWriter(std::string& out, std::int32_t id) : out_(out), length_at_(out.size()) {
  out_.append(4, '\0');
  integer(id);
}

void FieldWriter::finish() {
  const std::size_t length = out_.size() - length_at_ - 4;
  OPT_CHECK(length <= payload_bytes_max);
  for (std::size_t i = 0; i < 4; ++i)
    out_[length_at_ + i] = static_cast<char>(static_cast<unsigned char>(length >> (24 - 8 * i)));
}

void FieldWriter::text(const char* /*field*/, Text value) {
  OPT_CHECK(value.find('\0') == Text::npos);  // It would become a second field.
  out_.append(value);
  out_ += '\0';
}

void FieldWriter::integer(std::int64_t value) {
  std::array<char, 24> digits{};
  const auto [stop, error] = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  out_.append(digits.data(), stop);
  out_ += '\0';
}

// The shortest text that gives the same double again; plain digits where a person would use them.
void FieldWriter::real(double value, bool with_point) {
  std::array<char, 64> digits{};
  char* const from = digits.data();
  char* const end = from + digits.size();
  const double size = std::abs(value);
  const bool integral = size < 1e15 && value == std::trunc(value);
  std::to_chars_result written{};
  if (integral) {
    written = std::to_chars(from, end, static_cast<std::int64_t>(value));
  } else {
    const bool plain = size >= 1e-5 && size < 1e15;
    const auto format = plain ? std::chars_format::fixed : std::chars_format::scientific;
    written = std::to_chars(from, end, value, format);
  }
  OPT_CHECK(written.ec == std::errc{});
  out_.append(from, written.ptr);
  if (integral && with_point) out_ += ".0";
  out_ += '\0';
}

void FieldWriter::group(const char* /*field*/, std::optional<std::int32_t> value) {
  integer(value.value_or(unset_int32));
}

void FieldWriter::tally(const char* /*field*/, std::optional<std::int64_t> value) {
  integer(value.value_or(-1));
}

void FieldWriter::decimal(const char* field, std::optional<double> value, Absent absent) {
  if (value)
    real(*value, false);
  else
    text(field, spelling(absent));
}

}  // namespace opt_data::tws
