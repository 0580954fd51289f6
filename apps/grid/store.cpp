#include "apps/grid/store.h"

#include <zlib.h>

#include <cmath>

#include "apps/run/agreement.h"
#include "apps/run/json.h"
#include "apps/run/processes.h"
#include "data/formats/files.h"

namespace norma { inline namespace NORMA_BUILD {
namespace fs = std::filesystem;
namespace {

std::uint32_t checksum_of(const std::string& bytes) {
  return static_cast<std::uint32_t>(crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

std::string words_of(const Dataset& d) {
  return d.name + " " + std::to_string(d.size()) + " " + std::to_string(checksum(d));
}

// This program, by the bytes of its file; "" if the system does not tell.
std::string this_build() {
  try {
    return std::to_string(checksum_of(read_file("/proc/self/exe")));
  } catch (const Error&) {
    return "";
  }
}

}  // namespace

std::map<std::string, std::string> circumstances_of(const DataPair& data) {
  return {
      {"build", this_build()}, {"training_data", words_of(data.train)}, {"test_data", words_of(data.test)}};
}

std::string file_name(const std::string& arm) {
  std::string name;
  for (char c : arm) {
    if (std::isalnum(static_cast<unsigned char>(c)) || c == '.')
      name += c;
    else if (!name.empty() && name.back() != '-')
      name += '-';
  }
  constexpr std::size_t most = 100;  // a path's part may have 255 characters
  return name.empty() ? "run" : name.substr(0, most);
}

Store::Store(fs::path folder, const DataPair& data, bool any_build)
    : folder_(std::move(folder)), any_build_(any_build) {
  if (folder_.empty()) return;
  circumstances_ = circumstances_of(data);
  const fs::path locks = folder_ / ".norma-locks";
  if (Processes::all().rank() == 0) {
    sweep(folder_);
    std::error_code ignored;
    fs::remove_all(locks, ignored);
  }
  if (Processes::all().size() == 1) return;
  agree(circumstances_);
  locks_ = std::make_shared<JobLocks>(locks);
}

std::optional<Outcome> Store::find(const std::string& file, const std::string& settings) const {
  std::error_code error;
  if (folder_.empty() || !fs::exists(folder_ / file, error)) return {};
  try {
    return read(read_file(folder_ / file), settings);
  } catch (const Error&) {
    return {};
  }
}

std::optional<Outcome> Store::read(const std::string& text, const std::string& settings) const {
  try {
    const json j = parse_json(text);
    for (const auto& [name, value] : circumstances_)
      if (!(any_build_ && name == "build") && j.at("circumstances").at(name) != value) return {};
    if (j.at("circumstances").at("settings") != settings) return {};
    if (j.at("checksum") != checksum_of(json_text(j.at("outcome")))) return {};  // damaged
    Outcome outcome;
    for (const auto& [name, values] : j.at("outcome").items()) {
      std::vector<double>& row = outcome[name];
      for (const json& v : values) row.push_back(v.is_null() ? NAN : v.get<double>());
    }
    return outcome;
  } catch (const std::exception&) {  // of another version, or not ours
    return {};
  }
}

std::string Store::keep(const std::string& file, const std::string& settings, const Outcome& outcome) const {
  if (folder_.empty()) return "";
  json rows = json::object(), circumstances = circumstances_;
  circumstances["settings"] = settings;
  for (const auto& [name, values] : outcome) rows[name] = values;
  fs::create_directories((folder_ / file).parent_path());
  const std::string text =
      json_text(
          {{"circumstances", circumstances}, {"outcome", rows}, {"checksum", checksum_of(json_text(rows))}},
          1) +
      "\n";
  write_file(folder_ / file, text);
  return text;
}

void Store::close() {
  if (!locks_) return;
  locks_->close();
  locks_.reset();
  if (Processes::all().rank() == 0) sweep(folder_);
}

void copy_missing(const fs::path& from, const fs::path& to) {
  if (!fs::exists(from)) return;
  fs::create_directories(to);
  for (const fs::path& source : list_folder(from)) {
    const fs::path target = to / source.filename();
    if (fs::is_directory(source))
      copy_missing(source, target);
    else if (!fs::exists(target))
      write_file(target, read_file(source));
  }
}

void sweep(const fs::path& folder) {
  std::error_code error;
  for (fs::recursive_directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    std::error_code ignored;
    if (name.starts_with(".norma-") && name.ends_with(".tmp")) fs::remove(it->path(), ignored);
  }
}

}}  // namespace norma
