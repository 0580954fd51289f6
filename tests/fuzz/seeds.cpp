// Writes every target's seeds as files, into FOLDER/TARGET/.
#include <filesystem>
#include <fstream>

#include "tests/fuzz/targets.h"

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  for (const norma::FuzzTarget& target : norma::fuzz_targets()) {
    const std::filesystem::path folder = std::filesystem::path(argv[1]) / target.name;
    std::filesystem::create_directories(folder);
    int i = 0;
    for (const std::string& seed : target.seeds())
      std::ofstream(folder / ("seed-" + std::to_string(i++)), std::ios::binary) << seed;
  }
}
