// Text as Parquet wants it. DuckDB turns what is not UTF-8 into NULL without a word; a broker's
// message in some other encoding must not vanish like that.
#pragma once

#include <string>
#include <string_view>

namespace opt_data::store {

bool is_ascii(std::string_view text);

// The same text with a question mark for each byte that is part of no UTF-8 sequence.
std::string as_utf8(std::string_view text);

}  // namespace opt_data::store
