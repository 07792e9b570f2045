// Every setting of the program, typed and within its bounds; made only by load_config().
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "check/gates.h"
#include "check/logscan.h"
#include "collect/capture.h"
#include "collect/enrichment.h"
#include "collect/filters.h"
#include "collect/plan.h"
#include "collect/stale.h"
#include "notify/options.h"
#include "observe/rotating_file.h"

namespace opt_data::app {

struct GatewayAddress {
  std::string host;
  std::uint16_t port = 0;
  int client_id = 0;
  std::string text() const { return host + ":" + std::to_string(port); }
  friend bool operator==(const GatewayAddress&, const GatewayAddress&) = default;
};

struct Settings {
  // gateway
  std::string host;
  std::uint16_t port = 0;
  int client_id = 0;
  int client_id_tries = 0;
  std::vector<GatewayAddress> other_gateways;  // Of other accounts, each with limits of its own.
  MarketDataType market_data_type = MarketDataType::live;
  std::chrono::milliseconds handshake_timeout{};
  std::chrono::milliseconds keep_alive{};
  // paths, absolute
  std::filesystem::path raw, clean, state, contracts_cache, run_logs;
  // universe, reference
  std::vector<std::string> symbols;
  std::filesystem::path universe_file;
  int universe_top = 0;  // So many of it; 0: all.
  std::filesystem::path corporate_actions;
  std::filesystem::path closures;
  std::filesystem::path stages_file;
  bool stages_apply = false;
  // collecting
  collect::ContractFilters filters;
  collect::CaptureLimits limits;
  collect::CaptureOptions capture;
  collect::WindowOptions window;
  collect::StaleOptions stale;
  int historical_requests = 60;  // In any ten minutes.
  bool fill_missed = false;
  std::chrono::minutes slot_step{};
  std::string slot_range;  // "09:30-12:00"; empty: the whole session
  // the day
  std::chrono::minutes discovery_start{}, discovery_freeze{};
  int rotation_sessions = 0;
  int probes_max = 0;
  std::chrono::minutes rollup_at{}, enrichment_at{}, published_from{};
  std::chrono::seconds enrichment_settle{};
  std::chrono::milliseconds enrichment_timeout{};
  double disk_free_gb = 0;
  // upkeep; days in the order of store::layer_views()
  std::string hot_codec, cold_codec;  // As store::parse_codec reads them.
  std::int64_t range_file_mb = 0;
  std::chrono::minutes upkeep_at{};  // On the trading day after the week's last.
  bool compaction = true;
  std::array<int, 5> keep_days{};       // 0: all of them.
  std::filesystem::path backup_folder;  // Empty: no backup is scheduled.
  int backup_keep = 0;
  // judging
  check::GateThresholds gates;
  check::LogBudget log_budget;
  // the program
  std::string memory_limit;
  int threads = 1;
  std::string log_level;
  observe::RotationOptions log_rotation;
  // who is told
  notify::AlertRules alert_rules;
  notify::QueueOptions alert_queue;
  notify::ChannelOptions alert_channels;
  std::filesystem::path metrics_file;  // Empty: none.
  std::uint16_t metrics_port = 0;      // 0: nobody is served.
  // the web page
  std::string serve_host;
  std::uint16_t serve_port = 0;
  std::vector<std::string> serve_names;    // By which it may be asked, besides loopback's.
  std::filesystem::path serve_token_file;  // Empty: one that is made when it is needed.
  // only in a test tree
  std::string simulation_source;  // RECORDING, SIMULATED, or empty: the rows are IBKR's
  std::string simulation_clock;   // "2014-06-05 09:29:30", New York; empty: the machine's clock
};

}  // namespace opt_data::app
