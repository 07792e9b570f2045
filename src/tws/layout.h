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

// Reads the fields of one message and hands it to the sink.
template <typename Sink>
using Reader = Result<void> (*)(
    std::int32_t id, std::int32_t version, std::string_view fields, Sink& sink,
    std::size_t* surplus);

template <typename Message, typename Sink>
Result<void> read_as(
    std::int32_t id, std::int32_t version, std::string_view fields, Sink& sink,
    std::size_t* surplus) {
  Message message;
  FieldReader reader(Layout<Message>::kind.name, id, version, fields);
  Layout<Message>::fields(reader, message);
  if (reader.failed()) return fail(reader.error());
  if (surplus != nullptr) *surplus = reader.rest();
  sink(std::move(message));
  return {};
}

constexpr std::size_t ids = 128;

template <typename Variant, typename Sink>
struct ReaderTable;

template <typename... Messages, typename Sink>
struct ReaderTable<std::variant<Messages...>, Sink> {
  static constexpr std::array<Reader<Sink>, ids> make() {
    std::array<Reader<Sink>, ids> table{};
    (add<Messages>(table), ...);
    return table;
  }
  template <typename Message>
  static constexpr void add(std::array<Reader<Sink>, ids>& table) {
    if constexpr (!std::is_same_v<Message, UnknownMessage>)
      table[Layout<Message>::kind.id] = &read_as<Message, Sink>;
  }
};

// Encoding at a version we do not speak is a bug: the handshake refused it.
void require_spoken(std::int32_t version);

constexpr bool is_spoken(std::int32_t version) {
  return version_min <= version && version <= version_max;
}

struct Opened {
  std::int32_t id = 0;
  std::string_view fields;
};
// Takes the message id off. Every id we know has one digit, two or three: false for any other, and
// for a payload without its last NUL.
inline bool open_known(std::string_view payload, Opened& opened) {
  if (payload.empty() || payload.back() != '\0') return false;
  std::size_t size = 0;
  std::uint32_t id = 0;
  for (std::uint32_t digit = 0; (digit = static_cast<std::uint32_t>(payload[size]) - '0') <= 9;
       ++size)
    id = id * 10 + digit;
  if (size == 0 || size > 3 || payload[size] != '\0') return false;
  opened = {static_cast<std::int32_t>(id), payload.substr(size + 1)};
  return true;
}
// The same of any id, with what is wrong about the version or the payload.
Result<Opened> open_message(std::string_view payload, std::int32_t version);

template <typename Sink>
Result<void> read_by(
    const std::array<Reader<Sink>, ids>& table, std::string_view payload, std::int32_t version,
    Sink& sink, std::size_t* surplus) {
  if (surplus != nullptr) *surplus = 0;
  Opened opened;
  if (!is_spoken(version) || !open_known(payload, opened)) {
    OPT_TRY(opened, open_message(payload, version));
  }
  const auto index = static_cast<std::uint32_t>(opened.id);
  if (index < ids && table[index] != nullptr)
    return table[index](opened.id, version, opened.fields, sink, surplus);
  sink(UnknownMessage{opened.id});
  return {};
}

// The sink of whoever wants a message of any kind as one value.
template <typename Variant>
struct KeepIn {
  Variant& out;
  template <typename Message>
  void operator()(Message&& message) const {
    out.template emplace<std::remove_cvref_t<Message>>(std::forward<Message>(message));
  }
};

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
