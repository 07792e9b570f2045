// How an asynchronous operation is awaited here: its error is a value beside its result.
#pragma once

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace opt_data::net {

inline constexpr auto awaitable_tuple = boost::asio::as_tuple(boost::asio::use_awaitable);

}  // namespace opt_data::net
