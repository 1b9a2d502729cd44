#include "lb/slow_start.h"

#include <algorithm>
#include <cmath>

namespace naru::lb {

double slow_start_factor(Duration age, const config::SlowStart& rule) {
  if (age >= rule.window) return 1;
  if (age <= Duration::zero()) return rule.least;
  double grown = std::chrono::duration<double>(age) / std::chrono::duration<double>(rule.window);
  if (rule.aggression != 1) grown = std::pow(grown, 1 / rule.aggression);
  return std::max(rule.least, grown);
}

}  // namespace naru::lb
