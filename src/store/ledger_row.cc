#include "store/ledger_row.h"

#include <bit>
#include <cstdint>
#include <optional>

#include "base/random.h"
#include "calendar/calendar.h"

namespace opt_data::store {
namespace {

using std::chrono::year_month_day;

constexpr std::size_t checksum_size = 4;

std::uint32_t checksum(std::string_view bytes) {
  const std::uint64_t key = key_of(bytes);
  return static_cast<std::uint32_t>(key ^ (key >> 32));
}

// Encoder and Decoder have the same words, so that the fields are listed once, below.
class Encoder {
 public:
  void number(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes_.push_back(static_cast<char>(value | 0x80));
    bytes_.push_back(static_cast<char>(value));
  }
  void field(std::int64_t value) {
    const auto bits = static_cast<std::uint64_t>(value);
    number((bits << 1) ^ (value < 0 ? ~std::uint64_t{0} : 0));
  }
  void field(double value) { fixed(std::bit_cast<std::uint64_t>(value), 8); }
  void field(Instant value) { field(micros(value)); }
  void field(const std::string& value) {
    number(value.size());
    bytes_ += value;
  }
  void field(year_month_day value) {
    field(static_cast<std::int64_t>(static_cast<int>(value.year())));
    number(static_cast<unsigned>(value.month()));
    number(static_cast<unsigned>(value.day()));
  }
  void field(const QualityFlags& value) { number(value.bits()); }
  template <typename Enum>
  void field(Enum value, Enum /*last*/) {
    number(static_cast<std::uint64_t>(value));
  }

  std::string sealed() && {
    fixed(checksum(bytes_), checksum_size);
    return std::move(bytes_);
  }

 private:
  void fixed(std::uint64_t bits, std::size_t size) {
    for (; size > 0; --size, bits >>= 8) bytes_.push_back(static_cast<char>(bits & 0xFF));
  }

  std::string bytes_;
};

// Reads zeros once something is wrong; whoever asks finished() learns of it.
class Decoder {
 public:
  explicit Decoder(std::string_view bytes) : rest_(bytes) {}

  std::uint64_t number() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const std::uint64_t byte = fixed(1);
      if (shift == 63 && byte > 1) break;
      value |= (byte & 0x7F) << shift;
      if (byte < 0x80) return value;
    }
    good_ = false;
    return 0;
  }
  std::uint64_t number(std::uint64_t greatest) {
    const std::uint64_t value = number();
    if (value <= greatest) return value;
    good_ = false;
    return 0;
  }
  std::uint64_t fixed(std::size_t size) {
    if (rest_.size() < size) {
      good_ = false;
      rest_ = {};
      return 0;
    }
    std::uint64_t bits = 0;
    for (std::size_t i = size; i > 0; --i)
      bits = (bits << 8) | static_cast<unsigned char>(rest_[i - 1]);
    rest_.remove_prefix(size);
    return bits;
  }

  void field(std::int64_t& value) {
    const std::uint64_t bits = number();
    value = static_cast<std::int64_t>((bits >> 1) ^ ((bits & 1) != 0 ? ~std::uint64_t{0} : 0));
  }
  void field(double& value) { value = std::bit_cast<double>(fixed(8)); }
  void field(Instant& value) {
    std::int64_t us = 0;
    field(us);
    value = from_micros(us);
  }
  void field(std::string& value) {
    const std::uint64_t size = number();
    if (size > rest_.size()) good_ = false;
    value = rest_.substr(0, size);
    rest_.remove_prefix(value.size());
  }
  void field(year_month_day& value) {
    std::int64_t year = 0;
    field(year);
    const auto month = static_cast<unsigned>(number(12));
    const auto day = static_cast<unsigned>(number(31));
    const bool known = year >= -32767 && year <= 32767;
    value = std::chrono::year{known ? static_cast<int>(year) : 0} / std::chrono::month{month} /
            std::chrono::day{day};
    if (!known || (!value.ok() && value != year_month_day{})) good_ = false;
  }
  void field(QualityFlags& value) {
    value = QualityFlags(static_cast<std::uint32_t>(number((1U << flag_count) - 1)));
  }
  template <typename Enum>
  void field(Enum& value, Enum last) {
    value = static_cast<Enum>(number(static_cast<std::uint64_t>(last)));
  }

  bool good() const { return good_; }
  bool finished() const { return good_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool good_ = true;
};

// The lists below take the structures apart by name, so that a field added to one of them does not
// compile until it is kept here as well (and the format gets a new number).

// Every optional field, in the order of its bit.
template <typename Row, typename Visit>
void optionals(Row& row, Visit&& visit) {
  auto& [bid, ask, last, open, high, low, close,  //
         bid_size, ask_size, last_size, volume, bid_iv, ask_iv, last_iv,  //
         model_underlying, greeks, type, as_of, received, last_trade_at] = row.quote;
  visit(bid), visit(ask), visit(last), visit(open), visit(high), visit(low), visit(close);
  visit(bid_size), visit(ask_size), visit(last_size), visit(volume);
  visit(bid_iv), visit(ask_iv), visit(last_iv), visit(model_underlying);
  auto& [iv, delta, gamma, theta, vega] = greeks;
  visit(iv), visit(delta), visit(gamma), visit(theta), visit(vega);
  visit(as_of), visit(received), visit(last_trade_at);
  auto& [underlying_bid, underlying_ask, underlying_last, underlying_as_of] = row.underlying;
  visit(underlying_bid), visit(underlying_ask), visit(underlying_last), visit(underlying_as_of);
  visit(row.reference);
}
constexpr unsigned optional_count = 28;

template <typename Coder, typename Reference>
void reference_fields(Coder& coder, Reference& reference) {
  auto& [underlying, usd, source, at] = reference;
  coder.field(underlying), coder.field(usd), coder.field(source), coder.field(at);
}

// Everything else but the slot, without which no row can be made.
template <typename Coder, typename Row>
void fields(Coder& coder, Row& row) {
  auto& [contract, slot, quote, open_interest, underlying, reference,  //
         flags, error, source, ingest_id] = row;
  auto& [id, symbol, expiry, right, strike, multiplier, exchange, trading_class, currency] =
      contract;
  coder.field(id), coder.field(symbol), coder.field(expiry), coder.field(right, Right::put);
  coder.field(strike.mills), coder.field(multiplier), coder.field(exchange);
  coder.field(trading_class), coder.field(currency);
  coder.field(quote.type, MarketDataType::delayed_frozen);
  auto& [state, contracts] = open_interest;
  coder.field(state, OpenInterestState::expired), coder.field(contracts);
  coder.field(flags);
  auto& [error_type, message] = error;
  coder.field(error_type), coder.field(message);
  coder.field(source, DataSource::simulated), coder.field(ingest_id);
}

void put(Encoder& encoder, const ReferencePrice& value) { reference_fields(encoder, value); }
template <typename T>
void put(Encoder& encoder, const T& value) {
  encoder.field(value);
}

void take(Decoder& decoder, ReferencePrice& value) { reference_fields(decoder, value); }
template <typename T>
void take(Decoder& decoder, T& value) {
  decoder.field(value);
}

}  // namespace

std::string encode_row(const OptionQuote& row) {
  Encoder encoder;
  encoder.number(row_format);
  const auto& [date, index, at] = row.slot;
  encoder.field(date.day());
  encoder.number(index);
  encoder.field(at);

  std::uint64_t present = 0;
  unsigned bit = 0;
  optionals(row, [&](const auto& value) { present |= std::uint64_t{value.has_value()} << bit++; });
  encoder.number(present);
  optionals(row, [&](const auto& value) {
    if (value) put(encoder, *value);
  });
  fields(encoder, row);
  return std::move(encoder).sealed();
}

Result<OptionQuote> decode_row(std::string_view bytes) {
  if (bytes.size() < checksum_size)
    return fail(ErrorKind::corrupt, "a journal row has {} bytes, which is none", bytes.size());
  const std::string_view body = bytes.substr(0, bytes.size() - checksum_size);
  if (Decoder(bytes.substr(body.size())).fixed(checksum_size) != checksum(body))
    return fail(ErrorKind::corrupt, "a journal row of {} bytes fails its checksum", bytes.size());

  Decoder decoder(body);
  if (const std::uint64_t format = decoder.number(); format != row_format)
    return fail(
        ErrorKind::corrupt, "a journal row has format {}; this opt-data reads format {}", format,
        row_format);
  year_month_day day{};
  decoder.field(day);
  const auto index = static_cast<std::uint8_t>(decoder.number(255));
  Instant at{};
  decoder.field(at);
  const auto date = Calendar{}.trade_date(day);
  if (!decoder.good() || !date)
    return fail(ErrorKind::corrupt, "a journal row names no trade date");

  OptionQuote row{{}, Slot{*date, index, at}, {}, {}, {}, {}, {}, {}, DataSource::ibkr, {}};
  const std::uint64_t present = decoder.number((std::uint64_t{1} << optional_count) - 1);
  unsigned bit = 0;
  optionals(row, [&](auto& value) {
    if ((present >> bit++ & 1) != 0) take(decoder, value.emplace());
  });
  fields(decoder, row);
  if (!decoder.finished())
    return fail(
        ErrorKind::corrupt, "a journal row of {} bytes breaks off or runs on", bytes.size());
  return row;
}

}  // namespace opt_data::store
