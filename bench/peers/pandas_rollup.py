"""The rollup as a selection for each contract, in pandas: what many collectors do at the end of a day.

    python3 bench/peers/pandas_rollup.py FOLDER_OF_SLOTS SYMBOL...

Reads the symbols' rows of every slot, takes for each contract its row of the closing slot, or of the
slot before, or its last one, and writes them. Prints {"cpu_s": ..., "contracts": ...}; reading the
files is not counted.
"""

import glob
import json
import sys
import tempfile
import time

import pandas as pd

CLOSE, BEFORE = 13, 12


def choose(rows: pd.DataFrame) -> pd.Series:
    rows = rows.sort_values(["slot_30m", "sample_time", "asof_ts"])
    for slot, word in ((CLOSE, "close"), (BEFORE, "slot_1530")):
        at_slot = rows[rows["slot_30m"] == slot]
        if not at_slot.empty:
            chosen = at_slot.iloc[-1].copy()
            chosen["rollup_strategy"] = word
            return chosen
    chosen = rows.iloc[-1].copy()
    chosen["rollup_strategy"] = "last_good"
    return chosen


def main() -> None:
    files = sorted(glob.glob(f"{sys.argv[1]}/slot-*.parquet"))
    wanted = [("underlying", "in", sys.argv[2:])]
    day = pd.concat([pd.read_parquet(file, filters=wanted) for file in files], ignore_index=True)
    before = time.process_time()
    chosen = [choose(rows) for _, rows in day.groupby(["underlying", "exchange", "conid"])]
    daily = pd.DataFrame(chosen).sort_values("conid")
    with tempfile.NamedTemporaryFile(suffix=".parquet") as file:
        daily.to_parquet(file.name, index=False)
    print(json.dumps({"cpu_s": time.process_time() - before, "contracts": len(daily)}))


main()
