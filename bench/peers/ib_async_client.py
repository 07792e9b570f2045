"""ib_async at the gateway of burst_server; see burst_client.cc, which does the same with ours.

    python3 bench/peers/ib_async_client.py PORT      prints {"cpu_s": ..., "last_bid": ...}
"""

import asyncio
import json
import sys
import time

import ib_async

LINES = 100


async def main() -> None:
    ib = ib_async.IB()
    # The client alone: the rest of connect() asks for positions, which this gateway has not.
    await ib.client.connectAsync("127.0.0.1", int(sys.argv[1]), 17, 10)
    tickers = []
    for number in range(LINES):
        contract = ib_async.Option(
            "S", "20261016", 100 + number, "C", "SMART", conId=1000 + number, currency="USD")
        tickers.append(ib.reqMktData(contract, "100,101,106"))
    while tickers[-1].modelGreeks is None:
        await asyncio.sleep(0.02)
    before = time.process_time()
    await ib.reqCurrentTimeAsync()
    used = time.process_time() - before
    print(json.dumps({"cpu_s": used, "last_bid": tickers[-1].bid}))
    ib.client.disconnect()


asyncio.run(main())
