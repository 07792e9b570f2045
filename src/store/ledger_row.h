// One row of the journal as bytes: small, exact, and told apart from damage.
//
// Format 1: the number 1; a word of bits saying which optional fields are there; those fields; the
// rest in the order of the structures; four bytes of checksum, because SQLite has none. Whole
// numbers are base-128 (signed ones zigzag), doubles their eight bytes with the least significant
// first, text its length and its bytes. What encode_row takes, decode_row gives back bit for bit.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "market/option_quote.h"

namespace opt_data::store {

constexpr unsigned row_format = 1;

// Requires: an expiry that is a day or was never set, and enumerators and flags that exist.
std::string encode_row(const OptionQuote& row);

// Errors: corrupt, for bytes that are cut short, damaged, too long or of another format.
Result<OptionQuote> decode_row(std::string_view bytes);

}  // namespace opt_data::store
