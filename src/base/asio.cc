// What Asio is made of besides its templates, compiled once.
#include <boost/asio/impl/src.hpp>
