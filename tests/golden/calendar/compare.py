"""Holds unusual_days.txt against published calendars; with --write, writes it anew.

    pip install exchange_calendars pandas_market_calendars
    python compare.py [--write]

The program and its tests never run this. It is how the file came to be, and how it is extended when
an exchange announces a closure: raise the versions, run it, read every difference.
"""

import pathlib
import sys
import warnings
from importlib.metadata import version

import exchange_calendars
import pandas_market_calendars

warnings.filterwarnings("ignore")
FIRST, LAST = "1998-01-01", "2035-12-31"
USUAL, CLOSED = "09:30-16:00", "closed"
HERE = pathlib.Path(__file__).parent / "unusual_days.txt"

HEADER = f"""\
# Every weekday from 1998 to 2035 that is not a session from 09:30 to 16:00 in New York: the year,
# then "closed" or the hours, then month-day. A weekday that is not here is a usual session.
#
# Written by compare.py from two published calendars, not by our own rules:
#   XNYS of exchange_calendars {version("exchange_calendars")}
#   NYSE of pandas_market_calendars {version("pandas_market_calendars")}
# They agree on every closure and on all half days but one. Where they differ:
#   1999-12-31  13:00 of XNYS is right: the exchange announced it in June 1999, and Cboe closed its
#               index options at 12:05 in Chicago, with the futures. NYSE leaves it out as disputed.
#   2001-09-17, 2001-10-08, 2002-09-11, 2003-03-20, 2004-06-07, 2006-12-27
#               the late opens of NYSE are right; XNYS knows no late opens.
#   2005-06-01  16:00 of XNYS is right for options. NYSE has 15:56, when the New York and American
#               stock exchanges failed; stocks of Nasdaq, and options on them, traded to the end.
# CBOE_Equity_Options of pandas_market_calendars was compared and not followed: it trades from
# 2001-09-11 to 2001-09-14, and knows no late opens, no half days on Christmas Eve, and neither
# 1999-12-31 nor 2003-12-26.
"""

# Which calendar is followed on a day on which they differ.
FOLLOWED = {
    "1999-12-31": "XNYS",
    "2001-09-17": "NYSE",
    "2001-10-08": "NYSE",
    "2002-09-11": "NYSE",
    "2003-03-20": "NYSE",
    "2004-06-07": "NYSE",
    "2005-06-01": "XNYS",
    "2006-12-27": "NYSE",
}


def unusual(schedule, opens, closes):
    """{day: hours} of all weekdays that are not usual sessions."""
    hours = {}
    for day, row in schedule.iterrows():
        edges = [row[name].tz_convert("America/New_York") for name in (opens, closes)]
        hours[day.strftime("%Y-%m-%d")] = "-".join(edge.strftime("%H:%M") for edge in edges)
    weekdays = exchange_calendars.get_calendar("24/5", start=FIRST, end=LAST).sessions
    days = {day.strftime("%Y-%m-%d") for day in weekdays}
    assert set(hours) <= days, "a session on a weekend"
    found = {day: hours.get(day, CLOSED) for day in days}
    return {day: what for day, what in found.items() if what != USUAL}


def published(name):
    schedule = pandas_market_calendars.get_calendar(name).schedule(FIRST, LAST)
    return unusual(schedule, "market_open", "market_close")


def text(days):
    by_line = {}
    for day, what in sorted(days.items()):
        by_line.setdefault((day[:4], what != CLOSED, what), []).append(day[5:])
    lines = sorted(by_line.items())
    return "".join(f"{year} {what} {' '.join(on)}\n" for (year, _, what), on in lines)


def main():
    xnys = unusual(
        exchange_calendars.get_calendar("XNYS", start=FIRST, end=LAST).schedule, "open", "close")
    nyse = published("NYSE")
    golden = {}
    for day in sorted(set(xnys) | set(nyse)):
        x, n = xnys.get(day, USUAL), nyse.get(day, USUAL)
        if x != n:
            print(f"{day} XNYS {x}, NYSE {n}: following {FOLLOWED[day]}")
        what = n if x != n and FOLLOWED[day] == "NYSE" else x
        if what != USUAL:
            golden[day] = what
    cboe = published("CBOE_Equity_Options")
    for day in sorted(set(golden) | set(cboe)):
        ours, theirs = golden.get(day, USUAL), cboe.get(day, USUAL)
        if ours != theirs:
            print(f"{day} CBOE_Equity_Options {theirs}, not followed: {ours}")
    if "--write" in sys.argv:
        HERE.write_text(HEADER + text(golden))
    same = HERE.read_text() == HEADER + text(golden)
    print(f"{len(golden)} unusual days; unusual_days.txt", "agrees" if same else "DIFFERS")
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
