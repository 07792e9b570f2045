// Where a test may kill the program: before a question goes out, around a journal commit, and at
// every file operation that publishes. Without a test nobody is listening.
//
// A crash point that returns an error stands for a process that is gone: what it guards is not
// done.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "gateway/gateway.h"
#include "store/disk.h"
#include "store/ledger.h"

namespace opt_data::app {

using CrashPoint = std::function<Result<void>(std::string_view point)>;

// OPT_DATA_CRASH="publish:17" kills the process (SIGKILL) at the 17th crossing of that point.
// OPT_DATA_CRASH_COUNTS=file writes how often each point was crossed, at the end.
CrashPoint crash_point_from_environment();
void write_crash_counts();

std::unique_ptr<store::Disk> with_crash_points(std::unique_ptr<store::Disk> disk, CrashPoint crash);
std::unique_ptr<store::Ledger> with_crash_points(
    std::unique_ptr<store::Ledger> ledger, CrashPoint crash);
std::unique_ptr<gateway::Gateway> with_crash_points(gateway::Gateway& gateway, CrashPoint crash);

}  // namespace opt_data::app
