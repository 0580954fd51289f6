#include "core/cpu_quota.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <string>

namespace norma { inline namespace NORMA_BUILD {
namespace {

namespace fs = std::filesystem;

// Of one group, without those above it. Version 2 keeps "150000 100000" in one file, or "max 100000" without
// a quota; version 1 keeps the two numbers in two, or −1.
double quota_of(const fs::path& group) {
  double quota = 0, period = 0;
  if (std::ifstream both(group / "cpu.max"); !(both >> quota >> period)) {
    std::ifstream(group / "cpu.cfs_quota_us") >> quota;
    std::ifstream(group / "cpu.cfs_period_us") >> period;
  }
  return quota > 0 && period > 0 ? quota / period : HUGE_VAL;
}

}  // namespace

double cpu_quota(const fs::path& root) {
  const fs::path groups = root / "sys/fs/cgroup";
  double least = HUGE_VAL;
  std::ifstream mine(root / "proc/self/cgroup");
  for (std::string line; std::getline(mine, line);) {  // "0::/a/b" or, version 1, "4:cpu,cpuacct:/a/b"
    const std::size_t first = line.find(':'), second = line.find(':', first + 1);
    if (first == line.npos || second == line.npos) continue;
    const std::string controllers = ',' + line.substr(first + 1, second - first - 1) + ',';
    if (controllers != ",," && controllers.find(",cpu,") == controllers.npos) continue;
    // In a container the path may be the host's, of which only the end of the walk up is visible.
    for (std::string path = line.substr(second + 1);; path.resize(path.rfind('/'))) {
      for (const char* base : {"", "unified", "cpu", "cpu,cpuacct"})
        least = std::min(least, quota_of(groups / base / fs::path(path).relative_path()));
      if (path.find('/') == path.npos) break;
    }
  }
  return least;
}

}}  // namespace norma
