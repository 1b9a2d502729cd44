// The one translation unit with Catch2's own main, so that its long compilation happens once.
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
