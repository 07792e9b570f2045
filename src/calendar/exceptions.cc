#include "calendar/exceptions.h"

#include <array>

namespace opt_data {
namespace {

using namespace std::chrono;           // NOLINT: the tables below are unreadable without it
using namespace std::chrono_literals;  // NOLINT

constexpr auto attacks = "a day without trading after the attacks of September 11";
constexpr auto sandy = "a day without trading because of Hurricane Sandy";

constexpr std::array closures{
    Closure{2001y / 9 / 11, attacks},
    Closure{2001y / 9 / 12, attacks},
    Closure{2001y / 9 / 13, attacks},
    Closure{2001y / 9 / 14, attacks},
    Closure{2004y / 6 / 11, "the day of mourning for President Reagan"},
    Closure{2007y / 1 / 2, "the day of mourning for President Ford"},
    Closure{2012y / 10 / 29, sandy},
    Closure{2012y / 10 / 30, sandy},
    Closure{2018y / 12 / 5, "the day of mourning for President George H. W. Bush"},
    Closure{2025y / 1 / 9, "the day of mourning for President Carter"},
};

constexpr minutes early_close = 13h;

// An option opens after its stock does, so the minutes of silence before the stock exchanges' bell
// opened these options sessions late, too.
constexpr std::array odd{
    OddSession{
        1999y / 12 / 31, usual_open, early_close,
        "the eve of the year 2000 closed at 13:00, to leave time for its computers"},
    OddSession{
        2001y / 9 / 17, 9h + 33min, usual_close,
        "trading opened at 09:33, after a silence for the dead of September 11"},
    OddSession{
        2001y / 10 / 8, 9h + 31min, usual_close,
        "trading opened at 09:31, after a silence for the troops in Afghanistan"},
    OddSession{
        2002y / 9 / 11, 12h, usual_close,
        "trading opened at 12:00, after the commemoration of September 11"},
    OddSession{
        2003y / 3 / 20, 9h + 32min, usual_close,
        "trading opened at 09:32, after a silence for the troops in Iraq"},
    OddSession{2003y / 12 / 26, usual_open, early_close, "the day after Christmas closed at 13:00"},
    OddSession{
        2004y / 6 / 7, 9h + 32min, usual_close,
        "trading opened at 09:32, after a silence for President Reagan"},
    // Calendars of the stock exchange close this day at 15:56. Stocks of Nasdaq traded on, and so
    // did their options; the session is the one of the options market.
    OddSession{
        2005y / 6 / 1, usual_open, usual_close,
        "the New York and American stock exchanges failed at 15:56; options on other stocks traded "
        "to the close"},
    OddSession{
        2006y / 12 / 27, 9h + 32min, usual_close,
        "trading opened at 09:32, after a silence for President Ford"},
};

}  // namespace

std::span<const Closure> unscheduled_closures() { return closures; }
std::span<const OddSession> odd_sessions() { return odd; }

}  // namespace opt_data
