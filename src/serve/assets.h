// The web page: what Vite built from web/, embedded in the program.
#pragma once

#include <span>
#include <string_view>

namespace opt_data::serve {

struct Asset {
  std::string_view path;  // "/index.html", "/assets/index-1a2b.js"
  std::string_view type;  // "text/html; charset=utf-8"
  std::string_view bytes;
};

std::span<const Asset> assets();

}  // namespace opt_data::serve
