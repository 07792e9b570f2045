#include "tws/codec.h"
#include "tws/server_layouts.h"

namespace opt_data::tws {

void encode_as(std::string& out, const RerouteMarketData& message) {
  using Reroute = Layout<RerouteMarketData>;
  FieldWriter writer(out, (message.depth ? Reroute::depth_kind : Reroute::kind).id);
  Reroute::fields(writer, message);
  writer.finish();
}

void encode(std::string& out, const ServerMessage& message, std::int32_t version) {
  require_spoken(version);
  std::visit([&out](const auto& m) { encode_as(out, m); }, message);
}

Result<ServerMessage> decode_server(
    std::string_view payload, std::int32_t version, std::size_t* surplus) {
  Result<ServerMessage> out;
  OPT_TRY_VOID(read_server(payload, version, KeepIn<ServerMessage>{*out}, surplus));
  return out;
}

}  // namespace opt_data::tws
