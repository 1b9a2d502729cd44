// The one error type and the result that carries it.
#pragma once

#include <boost/system/result.hpp>
#include <ostream>
#include <stdexcept>
#include <string>

namespace naru {

/// What kind of failure an Error is: what a caller may branch on. The words for people are in its message.
enum class Errc { bad_input, not_found, conflict, exhausted, permission, unavailable, io };

/// A failure as a value: a kind to act on, and a complete message, with the path to the cause, to show.
struct Error {
  Errc code{Errc::bad_input};
  std::string message;

  friend bool operator==(const Error&, const Error&) = default;
  /// The message: what a test shows of a result that it expected to be good.
  friend std::ostream& operator<<(std::ostream& out, const Error& error) { return out << error.message; }
};

template <class T>
using Result = boost::system::result<T, Error>;

/// Called by Result<T>::value() on an error: only start-up code and tests use value() without looking first.
[[noreturn]] inline void throw_exception_from_error(const Error& error, const boost::source_location&) {
  throw std::runtime_error(error.message);
}

}  // namespace naru
