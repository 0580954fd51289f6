#include "data/formats/safetensors.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>
#include <set>

#include "data/formats/files.h"
#include "data/formats/strict_json.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

static_assert(std::endian::native == std::endian::little,
              "safetensors values are little-endian, and copied as they are");

constexpr const char* metadata_key = "__metadata__";

// Values

template <class T>
T value_at(const char* bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof(T));
  return value;
}

/// The upper half of a float.
real from_bf16(std::uint16_t bits) { return std::bit_cast<float>(std::uint32_t{bits} << 16); }

/// IEEE 754 half precision: 1 sign, 5 exponent and 10 fraction bits.
real from_f16(std::uint16_t bits) {
  std::uint32_t sign = static_cast<std::uint32_t>(bits & 0x8000) << 16, exponent = bits >> 10 & 31,
                fraction = bits & 1023;
  if (exponent == 0) {  // zero and subnormal: fraction · 2⁻²⁴
    float value = static_cast<float>(fraction) * 0x1p-24f;
    return sign ? -value : value;
  }
  std::uint32_t widened = exponent == 31 ? 255 : exponent + (127 - 15);  // 255: infinite or NaN
  return std::bit_cast<float>(sign | widened << 23 | fraction << 13);
}

struct Dtype {
  const char* name;
  Index bytes;
  real (*to_real)(const char*);             // null for integers
  std::int64_t (*to_integer)(const char*);  // null for reals
};

constexpr std::array<Dtype, 6> dtypes = {{
    {"F32", 4, [](const char* p) { return static_cast<real>(value_at<float>(p)); }, nullptr},
    {"F64", 8, [](const char* p) { return static_cast<real>(value_at<double>(p)); }, nullptr},
    {"F16", 2, [](const char* p) { return from_f16(value_at<std::uint16_t>(p)); }, nullptr},
    {"BF16", 2, [](const char* p) { return from_bf16(value_at<std::uint16_t>(p)); }, nullptr},
    {"I64", 8, nullptr, [](const char* p) { return value_at<std::int64_t>(p); }},
    {"I32", 4, nullptr, [](const char* p) { return std::int64_t{value_at<std::int32_t>(p)}; }},
}};

constexpr const char* real_dtype = sizeof(real) == 4 ? "F32" : "F64";

// Writing

Index bytes_of(const StateEntry& e) {
  return e.counter ? Index{sizeof(std::int64_t)} : e.tensor.size() * Index{sizeof(real)};
}

/// "name":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}
std::string describe(const StateEntry& e, Index begin) {
  std::string shape;
  if (!e.counter)
    for (int i = 0; i < e.tensor.rank(); ++i) shape += (i ? "," : "") + std::to_string(e.tensor.dim(i));
  return json_string(e.name) + ":{\"dtype\":\"" + (e.counter ? "I64" : real_dtype) + "\",\"shape\":[" +
         shape + "],\"data_offsets\":[" + std::to_string(begin) + "," + std::to_string(begin + bytes_of(e)) +
         "]}";
}

void check_writable(const StateDict& state) {
  std::set<std::string> names;
  for (const StateEntry& e : state) {
    std::string name = json_string(e.name);
    check(e.name != metadata_key, "safetensors: an entry must not be called ", name);
    check(names.insert(e.name).second, "safetensors: two entries are called ", name);
    check(e.tensor.defined() != (e.counter != nullptr), "safetensors: entry ", name,
          " must be either a tensor or a counter");
  }
}

// Reading

/// What the header says of one entry.
struct Described {
  std::string name;
  const Dtype* dtype = nullptr;
  Shape shape;
  Index begin = 0, end = 0;  // of its bytes, after the header
};

/// Walks over {"key": …, "key": …}: item(key) reads each value.
template <class Item>
void read_object(JsonReader& json, const Item& item) {
  json.expect('{');
  if (json.accept('}')) return;
  do {
    std::string key = json.string();
    json.expect(':');
    item(key);
  } while (json.accept(','));
  json.expect('}');
}

/// The start of an error about an entry, in one line of bounded length whatever the name is.
std::string about(const std::string& where, const std::string& name) {
  std::string quoted = json_string(name);
  if (quoted.size() > 100) quoted = quoted.substr(0, 100) + "…";
  return where + ": entry " + quoted + ": ";
}

Shape read_shape(JsonReader& json, const std::string& entry) {
  constexpr Index most = Index{1} << 40;  // elements: far more than fit in a file, far less than overflows
  Shape shape;
  Index elements = 1;
  json.expect('[');
  if (json.accept(']')) return shape;
  do {
    Index d = json.number();
    check(shape.rank() < Shape::max_rank, entry, "has more than ", Shape::max_rank, " dimensions");
    check(d <= most / elements, entry, "its shape is absurdly large");
    elements *= std::max<Index>(d, 1);
    shape.append(d);
  } while (json.accept(','));
  json.expect(']');
  return shape;
}

const Dtype* find_dtype(const std::string& name, const std::string& entry) {
  for (const Dtype& d : dtypes)
    if (name == d.name) return &d;
  fail(entry, "dtype ", json_string(name).substr(0, 20), " is not one of F64, F32, F16, BF16, I64, I32");
}

/// {"dtype": …, "shape": …, "data_offsets": …} in any order, each once.
Described read_entry(JsonReader& json, const std::string& name, const std::string& where) {
  std::string entry = about(where, name);
  Described d;
  d.name = name;
  std::set<std::string> seen;
  read_object(json, [&](const std::string& key) {
    check(seen.insert(key).second, entry, "has two ", json_string(key));
    if (key == "dtype") {
      d.dtype = find_dtype(json.string(), entry);
    } else if (key == "shape") {
      d.shape = read_shape(json, entry);
    } else if (key == "data_offsets") {
      json.expect('[');
      d.begin = json.number();
      json.expect(',');
      d.end = json.number();
      json.expect(']');
    } else {
      fail(entry, "has the unknown key ", json_string(key).substr(0, 100));
    }
  });
  for (const char* key : {"dtype", "shape", "data_offsets"})
    check(seen.contains(key), entry, "has no \"", key, "\"");
  return d;
}

std::vector<Described> read_header(std::string_view text, const std::string& where, Metadata& metadata) {
  check(text.starts_with('{'), where, ": its header does not begin with '{': no safetensors file");
  JsonReader json(text, where + ": header");
  std::vector<Described> entries;
  std::set<std::string> names;
  read_object(json, [&](const std::string& name) {
    check(names.insert(name).second, about(where, name), "is there twice");
    if (name != metadata_key) return entries.push_back(read_entry(json, name, where));
    read_object(json, [&](const std::string& key) {
      check(metadata.emplace(key, json.string()).second, where, ": metadata ",
            json_string(key).substr(0, 100), " is there twice");
    });
  });
  json.expect_end();
  return entries;
}

/// Every entry has the bytes its shape needs, and together they cover 0 … size without overlap or hole.
void check_places(const std::vector<Described>& entries, Index size, const std::string& where) {
  std::vector<const Described*> by_place;
  for (const Described& d : entries) {
    std::string entry = about(where, d.name);
    check(d.begin <= d.end && d.end <= size, entry, "its data_offsets [", d.begin, ", ", d.end,
          "] are not within the ", size, " bytes of data");
    check(d.end - d.begin == d.shape.size() * d.dtype->bytes, entry, d.dtype->name, " of shape ", d.shape,
          " needs ", d.shape.size() * d.dtype->bytes, " bytes, but has ", d.end - d.begin);
    check(d.dtype->to_real || d.shape.size() == 1, entry, d.dtype->name, " of shape ", d.shape,
          ": expected one integer, of shape () or (1,)");
    by_place.push_back(&d);
  }
  std::sort(by_place.begin(), by_place.end(), [](const Described* a, const Described* b) {
    return std::pair(a->begin, a->end) < std::pair(b->begin, b->end);
  });
  Index covered = 0;
  for (const Described* d : by_place) {
    check(d->begin == covered, about(where, d->name), "its data begin at ", d->begin,
          ", but the entries before end at ", covered);
    covered = d->end;
  }
  check(covered == size, where, ": holds ", size, " bytes of data, but its entries cover ", covered);
}

StateEntry make_entry(const Described& d, const char* data) {
  StateEntry e{.name = d.name, .tensor = {}, .counter = nullptr};
  const char* p = data + d.begin;
  if (d.dtype->to_integer) {
    e.counter = std::make_shared<std::int64_t>(d.dtype->to_integer(p));
    return e;
  }
  e.tensor = Tensor(d.shape);
  for (real& x : e.tensor.values()) {
    x = d.dtype->to_real(p);
    p += d.dtype->bytes;
  }
  return e;
}

}  // namespace

std::string encode_safetensors(const StateDict& state, const Metadata& metadata) {
  check_writable(state);
  // Data of eight-byte entries come first, so that every value is aligned, which some readers rely on; the
  // header keeps the order of the state.
  std::vector<Index> begin(state.size());
  Index size = 0;
  auto wide = [](const StateEntry& e) { return e.counter || sizeof(real) == 8; };
  for (bool now : {true, false})
    for (std::size_t i = 0; i < state.size(); ++i)
      if (wide(state[i]) == now) {
        begin[i] = size;
        size += bytes_of(state[i]);
      }

  std::string header, separator;
  auto add = [&](const std::string& item) {
    header += separator + item;
    separator = ",";
  };
  for (const auto& [key, value] : metadata) add(json_string(key) + ":" + json_string(value));
  if (!metadata.empty()) header = json_string(metadata_key) + ":{" + header + "}";
  for (std::size_t i = 0; i < state.size(); ++i) add(describe(state[i], begin[i]));
  header = "{" + header + "}";
  header.resize((header.size() + 7) / 8 * 8, ' ');

  std::uint64_t length = header.size();
  std::string bytes(sizeof length, '\0');
  std::memcpy(bytes.data(), &length, sizeof length);
  bytes += header;
  bytes.resize(bytes.size() + static_cast<std::size_t>(size));
  for (std::size_t i = 0; i < state.size(); ++i) {
    const void* from =
        state[i].counter ? static_cast<const void*>(state[i].counter.get()) : state[i].tensor.data();
    char* to = bytes.data() + sizeof length + header.size() + begin[i];
    std::memcpy(to, from, static_cast<std::size_t>(bytes_of(state[i])));
  }
  return bytes;
}

StateDict decode_safetensors(std::string_view bytes, const std::string& where, Metadata* metadata) {
  check(bytes.size() >= 8, where, ": is cut short: ", bytes.size(),
        " bytes found, a safetensors file has at least 10");
  std::uint64_t length = value_at<std::uint64_t>(bytes.data());
  bytes.remove_prefix(8);
  check(length <= bytes.size(), where, ": declares a header of ", length, " bytes, but only ", bytes.size(),
        " follow: it is cut short or no safetensors file");
  Metadata found;
  auto header = bytes.substr(0, static_cast<std::size_t>(length)), data = bytes.substr(header.size());
  std::vector<Described> entries = read_header(header, where, found);
  check_places(entries, static_cast<Index>(data.size()), where);
  StateDict state;
  for (const Described& d : entries) state.push_back(make_entry(d, data.data()));
  if (metadata) *metadata = std::move(found);
  return state;
}

void write_safetensors(const std::filesystem::path& path, const StateDict& state, const Metadata& metadata) {
  write_file(path, encode_safetensors(state, metadata));
}

StateDict read_safetensors(const std::filesystem::path& path, Metadata* metadata) {
  return decode_safetensors(read_file(path), path.string(), metadata);
}

}}  // namespace norma
