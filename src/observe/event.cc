#include "observe/event.h"

#include <array>

namespace opt_data::observe {

std::string_view to_text(Level level) {
  constexpr std::array<std::string_view, 5> words = {
      "debug", "info", "warning", "error", "critical"};
  return words[static_cast<std::size_t>(level)];
}

}  // namespace opt_data::observe
