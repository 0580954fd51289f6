// How many processors a control group leaves.
#include "core/cpu_quota.h"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>

#include "tests/support/reference.h"
#include "tests/support/temporary_folder.h"

namespace norma { inline namespace NORMA_BUILD { namespace core_cpu_quota_test {

using namespace reference;

TEST_CASE("a control group's CPU quota counts, of either version, and those above it") {
  const struct {
    const char *group, *file, *text;
    double quota;
  } table[] = {
      {"0::/", "cpu.max", "max 100000", HUGE_VAL},
      {"0::/", "cpu.max", "150000 100000", 1.5},
      {"0::/a/b", "a/b/cpu.max", "50000 100000", 0.5},
      {"0::/a/b", "a/cpu.max", "50000 100000", 0.5},
      {"0::/a/b", "a/b/c/cpu.max", "50000 100000", HUGE_VAL},
      {"0::/../docker/12ab", "cpu.max", "200000 100000", 2},
      {"1:name=systemd:/a\n0::/a", "unified/a/cpu.max", "300000 100000", 3},
      {"5:memory:/m\n4:cpu,cpuacct:/a/b", "cpu/a/cpu.cfs_quota_us", "250000", 2.5},
      {"4:cpuacct,cpu:/a/b", "cpu,cpuacct/cpu.cfs_quota_us", "400000", 4},
      {"4:cpu:/", "cpu/cpu.cfs_quota_us", "-1", HUGE_VAL},
      {"4:cpuacct:/", "cpu/cpu.cfs_quota_us", "100000", HUGE_VAL},
      {"nonsense", "cpu.max", "100000 100000", HUGE_VAL},
  };
  for (const auto& t : table) {
    INFO(t.group, ", ", t.file, ": ", t.text);
    const TemporaryFolder root;
    auto put = [&](const std::filesystem::path& file, const std::string& words) {
      std::filesystem::create_directories((root / file).parent_path());
      std::ofstream(root / file) << words << '\n';
    };
    put("proc/self/cgroup", t.group);
    const std::filesystem::path file = std::filesystem::path("sys/fs/cgroup") / t.file;
    put(file, t.text);
    if (file.filename() == "cpu.cfs_quota_us") put(file.parent_path() / "cpu.cfs_period_us", "100000");
    CHECK(cpu_quota(root.path) == t.quota);
  }
  CHECK(cpu_quota(TemporaryFolder().path) == HUGE_VAL);
  CHECK(processors() >= 1);
  CHECK(processors() <= std::max(1.0, std::ceil(cpu_quota())));
}

}  // namespace core_cpu_quota_test
}}  // namespace norma
