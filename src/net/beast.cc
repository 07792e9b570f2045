// What Beast and Asio's TLS are made of besides their templates, compiled once.
#include <boost/asio/ssl/impl/src.hpp>
#include <boost/beast/src.hpp>
