// Bugs that are planted into a simulated day, to see whether its checks find them. None is
// reachable from a day that collects for somebody.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "app/config.h"
#include "app/wiring.h"

namespace opt_data::app {

// A bug that is planted to see whether it is found.
enum class PlantedBug : std::uint8_t {
  none,
  dropped_row,      // of a published slot
  doubled_row,      // of a published slot
  foreign_value,    // a bid that belongs to another contract
  earlier_value,    // an ask of another slot
  forgotten_flag,   // the flags of a row are gone
  extra_message,    // one more in a second than is allowed
  extra_question,   // one more at once than is allowed
  unsynced_rename,  // published before its bytes were safe
  torn_file,        // a published file is written in place
  lenient_verdict,  // half the coverage is enough
};
Result<PlantedBug> parse_planted_bug(std::string_view text);
std::string_view to_text(PlantedBug bug);
std::vector<PlantedBug> planted_bugs();

// The limits and thresholds that the bug gets wrong.
void plant(PlantedBug bug, std::map<std::string, ConfigValue>& values);
// The seams with the bug in them; what they were given when it has nothing to do with them.
std::unique_ptr<store::DatasetWriter> plant(
    PlantedBug bug, std::unique_ptr<store::DatasetWriter> writer);
std::unique_ptr<store::Disk> plant(PlantedBug bug, std::unique_ptr<store::Disk> disk);

}  // namespace opt_data::app
