// From a list of fields to a decoder and an encoder.
//
// Layout<Message> names a message's id and lists its fields in wire order; the list is written once
// and run with a FieldReader or a FieldWriter. Decoders hang in a table by id. Where a later server
// version adds a field, it is one condition in the list; 176 to 178 have none for our messages.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>

#include "tws/codec.h"
#include "tws/fields.h"

namespace opt_data::tws {

struct Kind {
  std::int32_t id;
  const char* name;  // IBKR's
};

template <typename Message>
struct Layout;

template <typename Variant>
using Decoder = Result<Variant> (*)(
    std::int32_t id, std::int32_t version, std::string_view fields, std::size_t* surplus);

template <typename Variant, typename Message>
Result<Variant> decode_as(
    std::int32_t id, std::int32_t version, std::string_view fields, std::size_t* surplus) {
  Result<Variant> out(tl::in_place, std::in_place_type<Message>);
  FieldReader reader(Layout<Message>::kind.name, id, version, fields);
  Layout<Message>::fields(reader, *std::get_if<Message>(&*out));
  if (reader.failed())
    out = fail(reader.error());
  else if (surplus != nullptr)
    *surplus = reader.rest();
  return out;
}

constexpr std::size_t ids = 128;

template <typename Variant>
struct DecoderTable;

template <typename... Messages>
struct DecoderTable<std::variant<Messages...>> {
  using Variant = std::variant<Messages...>;
  static constexpr std::array<Decoder<Variant>, ids> make() {
    std::array<Decoder<Variant>, ids> table{};
    (add<Messages>(table), ...);
    return table;
  }
  template <typename Message>
  static constexpr void add(std::array<Decoder<Variant>, ids>& table) {
    if constexpr (!std::is_same_v<Message, UnknownMessage>)
      table[Layout<Message>::kind.id] = &decode_as<Variant, Message>;
  }
};

// Encoding at a version we do not speak is a bug: the handshake refused it.
void require_spoken(std::int32_t version);

struct Opened {
  std::int32_t id;
  std::string_view fields;
};
// Checks the version and the last NUL, and takes the message id off.
Result<Opened> open_message(std::string_view payload, std::int32_t version);

template <typename Variant>
Result<Variant> decode_by(
    const std::array<Decoder<Variant>, ids>& table, std::string_view payload, std::int32_t version,
    std::size_t* surplus) {
  if (surplus != nullptr) *surplus = 0;
  OPT_TRY(const Opened opened, open_message(payload, version));
  const auto index = static_cast<std::uint32_t>(opened.id);
  if (index < ids && table[index] != nullptr)
    return table[index](opened.id, version, opened.fields, surplus);
  return Variant(UnknownMessage{opened.id});
}

template <typename Message>
void encode_as(std::string& out, const Message& message) {
  FieldWriter writer(out, Layout<Message>::kind.id);
  Layout<Message>::fields(writer, message);
  writer.finish();
}
inline void encode_as(std::string& out, const UnknownMessage& message) {
  FieldWriter(out, message.id).finish();
}

}  // namespace opt_data::tws
