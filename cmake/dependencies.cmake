# Every outside library, all from Debian 12 packages (scripts/deps lists them).

find_package(Threads REQUIRED)
find_package(Boost 1.81 EXACT REQUIRED COMPONENTS json url)
find_package(PkgConfig REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)
find_package(prometheus-cpp REQUIRED CONFIG)
find_package(SQLite3 REQUIRED)
pkg_check_modules(nghttp2 REQUIRED IMPORTED_TARGET libnghttp2)
pkg_check_modules(cares REQUIRED IMPORTED_TARGET libcares)
pkg_check_modules(mnl REQUIRED IMPORTED_TARGET libmnl)
pkg_check_modules(bpf REQUIRED IMPORTED_TARGET libbpf>=1.0)
pkg_check_modules(nftables REQUIRED IMPORTED_TARGET libnftables)

# Asio and Beast as headers; their own deprecated and unused parts stay out.
add_library(naru_asio INTERFACE)
target_link_libraries(naru_asio INTERFACE Boost::headers Threads::Threads)
target_compile_definitions(naru_asio INTERFACE BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_NO_TS_EXECUTORS)
