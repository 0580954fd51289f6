#include "data/formats/safetensors.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include "core/text.h"
#include "data/formats/files.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

static_assert(std::endian::native == std::endian::little,
              "safetensors values are little-endian, and copied as they are");

using json = nlohmann::json;

constexpr const char* metadata_key = "__metadata__";

/// `text` as a JSON string, with its quotes.
std::string json_string(const std::string& text) {
  check(is_utf8(text), "json: a text of ", text.size(), " bytes is not UTF-8");
  return json(text).dump();
}

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

/// `value` as an error shows it.
std::string shown(const json& value) {
  const std::string text = value.dump();
  return text.size() > 100 ? text.substr(0, 100) + "…" : text;
}

/// The start of an error about an entry, in one line of bounded length whatever the name is.
std::string about(const std::string& where, const std::string& name) {
  return where + ": entry " + shown(name) + ": ";
}

/// The header: {"name": {"key": …, "key": […]}, …}, and the names in their order.
struct Header {
  json root;
  std::vector<std::string> names;
};

/// Error unless it is JSON, nested no deeper than that and with each key once.
Header parse_header(std::string_view text, const std::string& where) {
  check(text.starts_with('{'), where, ": its header does not begin with '{': not a safetensors file");
  check(text.find('\0') == text.npos, where,
        ": header: a zero byte is in it");  // would end it for the parser
  Header header;
  std::set<std::string> names, keys;
  const auto watch = [&](int depth, json::parse_event_t event, const json& value) {
    using Event = json::parse_event_t;
    check(!(event == Event::object_start && depth > 1) && !(event == Event::array_start && depth > 2), where,
          ": header: nested too deep for a safetensors file");
    if (event != Event::key) return true;
    const auto& key = value.get_ref<const std::string&>();
    if (depth > 1) {
      check(keys.insert(key).second, about(where, header.names.back()), "has two ", shown(key));
    } else {
      check(names.insert(key).second, about(where, key), "is there twice");
      header.names.push_back(key);
      keys.clear();
    }
    return true;
  };
  try {
    header.root = json::parse(text, watch);
  } catch (const json::exception&
               e) {  // "[json.exception…] parse error at line 1, … - invalid literal; last read: …"
    const std::string words = e.what();
    const std::size_t from = words.find("] ") + 2;
    fail(where,
         ": header: ", words.substr(from, std::min<std::size_t>(words.find("; last read") - from, 200)));
  }
  return header;
}

Index whole_number(const json& value, const std::string& entry) {
  constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<Index>::max());
  check(value.is_number_unsigned() && value.get<std::uint64_t>() <= most, entry,
        "expected a whole number below 2^63, got ", shown(value));
  return value.get<Index>();
}

Shape read_shape(const json& dims, const std::string& entry) {
  constexpr Index most = Index{1} << 40;  // elements: far more than fit in a file, far less than overflows
  check(dims.is_array(), entry, "\"shape\": expected an array, got ", shown(dims));
  check(dims.size() <= Shape::max_rank, entry, "has more than ", Shape::max_rank, " dimensions");
  Shape shape;
  Index elements = 1;
  for (const json& dim : dims) {
    const Index d = whole_number(dim, entry);
    check(d <= most / elements, entry, "its shape is absurdly large");
    elements *= std::max<Index>(d, 1);
    shape.append(d);
  }
  return shape;
}

const Dtype* find_dtype(const json& name, const std::string& entry) {
  for (const Dtype& d : dtypes)
    if (name == d.name) return &d;
  fail(entry, "dtype ", shown(name), " is not one of F64, F32, F16, BF16, I64, I32");
}

/// {"dtype": …, "shape": …, "data_offsets": …} in any order.
Described read_entry(const json& value, const std::string& name, const std::string& where) {
  const std::string entry = about(where, name);
  check(value.is_object(), entry, "expected an object, got ", shown(value));
  for (const auto& [key, unused] : value.items())
    check(key == "dtype" || key == "shape" || key == "data_offsets", entry, "has the unknown key ",
          shown(key));
  for (const char* key : {"dtype", "shape", "data_offsets"})
    check(value.contains(key), entry, "has no \"", key, "\"");
  const json& offsets = value["data_offsets"];
  check(offsets.is_array() && offsets.size() == 2, entry, "\"data_offsets\": expected two numbers, got ",
        shown(offsets));
  return {.name = name,
          .dtype = find_dtype(value["dtype"], entry),
          .shape = read_shape(value["shape"], entry),
          .begin = whole_number(offsets[0], entry),
          .end = whole_number(offsets[1], entry)};
}

std::vector<Described> read_header(std::string_view text, const std::string& where, Metadata& metadata) {
  const Header header = parse_header(text, where);
  std::vector<Described> entries;
  for (const std::string& name : header.names) {
    const json& value = header.root[name];
    if (name != metadata_key) {
      entries.push_back(read_entry(value, name, where));
      continue;
    }
    check(value.is_object(), where, ": metadata: expected an object, got ", shown(value));
    for (const auto& [key, text] : value.items()) {
      check(text.is_string(), where, ": metadata ", shown(key), ": expected a string, got ", shown(text));
      metadata[key] = text;
    }
  }
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
  bytes.resize(bytes.size() + size);
  for (std::size_t i = 0; i < state.size(); ++i) {
    const void* from =
        state[i].counter ? static_cast<const void*>(state[i].counter.get()) : state[i].tensor.data();
    char* to = bytes.data() + sizeof length + header.size() + begin[i];
    std::memcpy(to, from, bytes_of(state[i]));
  }
  return bytes;
}

StateDict decode_safetensors(std::string_view bytes, const std::string& where, Metadata* metadata) {
  check(bytes.size() >= 8, where, ": is cut short: ", bytes.size(),
        " bytes found, a safetensors file has at least 10");
  std::uint64_t length = value_at<std::uint64_t>(bytes.data());
  bytes.remove_prefix(8);
  check(length <= bytes.size(), where, ": declares a header of ", length, " bytes, but only ", bytes.size(),
        " follow: it is cut short or not a safetensors file");
  Metadata found;
  auto header = bytes.substr(0, length), data = bytes.substr(header.size());
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
