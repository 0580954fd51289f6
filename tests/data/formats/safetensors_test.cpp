// safetensors files there and back, and every way they can be wrong.
#include "data/formats/safetensors.h"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "tests/support/errors.h"
#include "tests/support/temporary_folder.h"

namespace norma { inline namespace NORMA_BUILD { namespace data_formats_safetensors_test {

StateEntry entry(const std::string& name, const Tensor& t) {
  return {.name = name, .tensor = t, .counter = nullptr};
}

StateEntry entry(const std::string& name, std::int64_t n) {
  return {.name = name, .tensor = {}, .counter = std::make_shared<std::int64_t>(n)};
}

/// A layer and its normalization; the odd number of values leaves what follows the tensors unaligned.
StateDict small_state() {
  return {entry("0.weight", Tensor::from({2, 3}, {1, -2, 0.5, 1e-30, 3e30, 0})),
          entry("0.bias", Tensor::from({1}, {7})), entry("1.num_batches_tracked", std::int64_t{1} << 40),
          entry("1.scalar", Tensor::full({}, 4)), entry("naïve \"\\\n", Tensor::zeros({0, 2}))};
}

TEST_CASE("a state comes back from a file as it was") {
  TemporaryFolder folder;
  StateDict state = small_state();
  Metadata metadata = {{"format", "pt"}, {"note", "two\nlines, \"quoted\" \x01 ü"}}, found;
  write_safetensors(folder / "model.safetensors", state, metadata);
  StateDict back = read_safetensors(folder / "model.safetensors", &found);
  CHECK(found == metadata);
  REQUIRE(back.size() == state.size());
  for (std::size_t i = 0; i < state.size(); ++i) {
    CHECK(back[i].name == state[i].name);
    REQUIRE(back[i].tensor.defined() == state[i].tensor.defined());
    if (state[i].counter) {
      CHECK(*back[i].counter == *state[i].counter);
    } else {
      CHECK(back[i].tensor.shape() == state[i].tensor.shape());
      CHECK_FALSE(back[i].tensor.is(state[i].tensor));
      for (Index k = 0; k < state[i].tensor.size(); ++k) CHECK(back[i].tensor[k] == state[i].tensor[k]);
    }
  }
  CHECK(folder.files() == 1);
  CHECK(encode_safetensors(back, found) == encode_safetensors(state, metadata));
  CHECK(decode_safetensors(encode_safetensors({}), "empty").empty());
}

TEST_CASE("a state that cannot be written is refused before anything is") {
  Tensor t = Tensor::ones({2});
  CHECK(says(error_of([&] {
               encode_safetensors({entry("a", t), entry("a", t)});
             }),
             {"two entries", "\"a\""}));
  CHECK(says(error_of([&] { encode_safetensors({entry("__metadata__", t)}); }), {"__metadata__"}));
  CHECK(says(error_of([&] { encode_safetensors({entry("\xff", t)}); }), {"UTF-8"}));
  CHECK(
      says(error_of([&] { encode_safetensors({entry("a", Tensor())}); }), {"\"a\"", "tensor or a counter"}));
}

/// A file of this header and data.
std::string file_of(const std::string& header, const std::string& data = "") {
  std::uint64_t length = header.size();
  std::string bytes(8, '\0');
  std::memcpy(bytes.data(), &length, 8);
  return bytes + header + data;
}

template <class T>
std::string bytes_of(std::initializer_list<T> values) {
  return {reinterpret_cast<const char*>(values.begin()), values.size() * sizeof(T)};
}

TEST_CASE("the bytes are those of the format, with every value aligned") {
  StateDict state = {entry("w", Tensor::from({3}, {1, 2, 3})), entry("n", 5)};
  std::string bytes = encode_safetensors(state, {{"format", "pt"}});
  std::string header = sizeof(real) == 4 ? R"({"__metadata__":{"format":"pt"},)"
                                           R"("w":{"dtype":"F32","shape":[3],"data_offsets":[8,20]},)"
                                           R"("n":{"dtype":"I64","shape":[],"data_offsets":[0,8]}})"
                                         : R"({"__metadata__":{"format":"pt"},)"
                                           R"("w":{"dtype":"F64","shape":[3],"data_offsets":[0,24]},)"
                                           R"("n":{"dtype":"I64","shape":[],"data_offsets":[24,32]}})";
  header.resize((header.size() + 7) / 8 * 8, ' ');
  std::string reals = bytes_of<real>({1, 2, 3}), count = bytes_of<std::int64_t>({5});
  CHECK(bytes == file_of(header, sizeof(real) == 4 ? count + reals : reals + count));
}

TEST_CASE("other number types are read, and white space and key order do not matter") {
  std::string header = R"({ "f64" : {"shape":[2], "dtype":"F64", "data_offsets":[0,16]},
    "i32":{"dtype":"I32","shape":[],"data_offsets":[16,20]}, "bf16":{"dtype":"BF16","shape":[2,1],"data_offsets":[20,24]},
    "__metadata__":{}, "f16":{"data_offsets":[24,40],"dtype":"F16","shape":[8]}} )";
  std::string data =
      bytes_of<double>({1.5, -1e300}) + bytes_of<std::int32_t>({-3}) +
      bytes_of<std::uint16_t>({0x3f80, 0xc049}) +
      bytes_of<std::uint16_t>({0x3c00, 0xc248, 0x0001, 0x83ff, 0x7bff, 0x7c00, 0x7e00, 0x8000});
  StateDict s = decode_safetensors(file_of(header, data), "file");
  REQUIRE(s.size() == 4);
  CHECK(s[0].tensor[0] == real(1.5));
  CHECK(s[0].tensor[1] == static_cast<real>(-1e300));
  CHECK(*s[1].counter == -3);
  CHECK(s[2].tensor.shape() == Shape{2, 1});
  CHECK(s[2].tensor[1] == real(-3.140625));
  const Tensor& h = s[3].tensor;
  CHECK(h[0] == 1);
  CHECK(h[1] == real(-3.140625));
  CHECK(h[2] == real(0x1p-24));
  CHECK(h[3] == real(-1023 * 0x1p-24));
  CHECK(h[4] == 65504);
  CHECK(h[5] == std::numeric_limits<real>::infinity());
  CHECK(std::isnan(h[6]));
  CHECK((h[7] == 0 && std::signbit(h[7])));
  const std::string escaped =
      R"({"\u00fc\u20AC\ud83d\ude00\/\t":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}})";
  CHECK(decode_safetensors(file_of(escaped, ""), "file")[0].name == "ü€😀/\t");
}

std::string error_in(const std::string& header, const std::string& data = "") {
  return error_of([&] { decode_safetensors(file_of(header, data), "file"); });
}

TEST_CASE("a header that is not strictly the format's JSON is refused") {
  CHECK(says(error_in(""), {"file: its header does not begin with '{'"}));
  CHECK(says(error_in(" {}"), {"begin with '{'"}));
  CHECK(says(error_in("{"), {"file: header: parse error at line 1, column 2", "unexpected end of input"}));
  CHECK(says(error_in("{}x"), {"column 3", "invalid literal"}));
  CHECK(says(error_in("{} \x01"), {"column 4", "invalid literal"}));
  CHECK(says(error_in("{\"a\":1}"), {"entry \"a\": expected an object, got 1"}));
  CHECK(says(error_in("{\"a\" {}}"), {"expected ':'"}));
  CHECK(says(error_in("{\"__metadata__\":{},}"), {"unexpected '}'; expected string literal"}));
  CHECK(says(error_in("{\"__metadata__\":{\"a\":\"b\",\"a\":\"c\"}}"),
             {"entry \"__metadata__\": has two \"a\""}));
  CHECK(says(error_in("{\"__metadata__\":{\"a\":1}}"), {"metadata \"a\": expected a string, got 1"}));
  CHECK(says(error_in("{\"__metadata__\":{},\"__metadata__\":{}}"), {"\"__metadata__\"", "twice"}));
  CHECK(says(error_in("{\"a\n\":{}}"), {"control character"}));
  CHECK(says(error_in("{\"a\\x\":{}}"), {"forbidden character after backslash"}));
  CHECK(says(error_in("{\"\\ud800\":{}}"), {"surrogate"}));
  CHECK(says(error_in("{\"\\udc00\":{}}"), {"surrogate"}));
  CHECK(says(error_in("{\"\\u00g0\":{}}"), {"must be followed by 4 hex digits"}));
  CHECK(says(error_in("{\"\xff\":{}}"), {"UTF-8"}));
  CHECK(error_in(std::string(100000, '{')) != "no error");
  CHECK(says(error_in("{\"a\":" + std::string(100000, '[')), {"file: header: nested too deep"}));
  CHECK(says(error_in("{\"a\":{\"shape\":{}}}"), {"nested too deep"}));
  CHECK(says(error_in(std::string("{}\0junk", 7)), {"a zero byte"}));
  CHECK(says(error_in("{\"a\":1e999}"), {"number overflow"}));
  CHECK(error_in("{\"" + std::string(5000, 'n')).size() < 300);
}

/// One entry "a" of this description, with 8 bytes of data.
std::string error_in_entry(const std::string& description) {
  return error_in("{\"a\":" + description + "}", std::string(8, '\0'));
}

TEST_CASE("an entry that cannot be is refused by name") {
  const std::string good = R"({"dtype":"F32","shape":[2],"data_offsets":[0,8]})";
  CHECK(error_in_entry(good) == "no error");
  CHECK(says(error_in("{\"a\":" + good + ",\"a\":" + good + "}", std::string(8, ' ')),
             {"file: entry \"a\": is there twice"}));
  auto with = [&](const std::string& dtype, const std::string& shape, const std::string& offsets) {
    return error_in_entry("{\"dtype\":\"" + dtype + "\",\"shape\":" + shape + ",\"data_offsets\":" + offsets +
                          "}");
  };
  CHECK(says(with("U8", "[8]", "[0,8]"), {"entry \"a\"", "dtype \"U8\" is not one of"}));
  CHECK(says(with("I32", "[2]", "[0,8]"),
             {"entry \"a\"", "I32 of shape (2,)", "expected one integer, of shape () or (1,)"}));
  CHECK(with("I64", "[1]", "[0,8]") == "no error");
  CHECK(says(with("F32", "[3]", "[0,8]"), {"entry \"a\"", "F32 of shape (3,) needs 12 bytes, but has 8"}));
  CHECK(says(with("F32", "[3]", "[0,12]"), {"[0, 12] are not within the 8 bytes"}));
  CHECK(says(with("F32", "[2]", "[8,0]"), {"[8, 0] are not within"}));
  CHECK(says(with("F32", "[1]", "[0,4]"), {"8 bytes of data, but its entries cover 4"}));
  CHECK(says(with("F32", "[1]", "[4,8]"), {"entry \"a\"", "begin at 4", "end at 0"}));
  CHECK(says(with("F32", "[1,1,1,1,1,2]", "[0,8]"), {"more than 5 dimensions"}));
  CHECK(says(with("F32", "[4611686018427387904,4,2]", "[0,8]"), {"absurdly large"}));
  CHECK(says(with("F32", "[1048576,1048576,1048576,0]", "[0,0]"), {"absurdly large"}));
  CHECK(says(with("F32", "[9223372036854775808]", "[0,8]"), {"below 2^63"}));
  CHECK(says(with("F32", "[-2]", "[0,8]"), {"expected a whole number below 2^63, got -2"}));
  CHECK(says(with("F32", "[02]", "[0,8]"), {"unexpected number literal"}));
  CHECK(says(with("F32", "[2.0]", "[0,8]"), {"expected a whole number below 2^63, got 2.0"}));
  CHECK(says(with("F32", "[2]", "[0,8,8]"), {"expected two numbers, got [0,8,8]"}));
  CHECK(says(error_in_entry("{}"), {"has no \"dtype\""}));
  CHECK(says(error_in_entry(R"({"dtype":"F32","shape":[2]})"), {"has no \"data_offsets\""}));
  CHECK(says(error_in_entry(R"({"dtype":"F32","dtype":"F32"})"), {"has two \"dtype\""}));
  CHECK(says(error_in_entry(R"({"size":"F32"})"), {"unknown key \"size\""}));
  CHECK(says(error_in("{\"a\":" + good + R"(,"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}})",
                      std::string(8, ' ')),
             {"entry \"b\"", "begin at 4", "end at 8"}));
  CHECK(error_in("{\"" + std::string(5000, 'n') + "\":{}}").size() < 200);
}

TEST_CASE("entries at the edges: nothing twice, nothing outside, empty ones where they may be") {
  const std::string eight(8, '\0');
  auto f32 = [](const std::string& name, const std::string& shape, const std::string& offsets) {
    return "\"" + name + "\":{\"dtype\":\"F32\",\"shape\":" + shape + ",\"data_offsets\":" + offsets + "}";
  };
  const std::string a = f32("a", "[2]", "[0,8]");
  CHECK(says(error_in("{" + a + "," + f32("b", "[2]", "[0,8]") + "}", eight),
             {"\"b\"", "begin at 0", "end at 8"}));
  CHECK(says(error_in("{" + a + "," + f32("b", "[0]", "[4,4]") + "}", eight),
             {"\"b\"", "begin at 4", "end at 8"}));
  CHECK(says(error_in("{" + a + "," + f32("b", "[0]", "[9,9]") + "}", eight),
             {"\"b\"", "[9, 9] are not within"}));
  for (const char* place : {"[0,0]", "[8,8]"}) {
    const StateDict s =
        decode_safetensors(file_of("{" + f32("b", "[3,0,2]", place) + "," + a + "}", eight), "f");
    REQUIRE(s.size() == 2);
    CHECK(s[0].tensor.shape() == Shape{3, 0, 2});
  }
  CHECK(says(error_in("{" + f32("a", "[]", "[0,8]") + "}", eight), {"needs 4 bytes, but has 8"}));
  CHECK(says(error_in("{" + f32("a", "[2]", "[0,18446744073709551615]") + "}", eight), {"below 2^63"}));
  CHECK(says(error_in("{" + f32("a", "[2]", "[0,9223372036854775807]") + "}", eight),
             {"are not within the 8 bytes"}));
  CHECK(says(error_in("{}", "x"), {"holds 1 bytes of data, but its entries cover 0"}));
  CHECK(error_in_entry("{\"dtype\":\"" + std::string(5000, 'F') + "\"}").size() < 200);
  CHECK(error_in_entry("{\"" + std::string(5000, 'k') + "\":1}").size() < 300);
  // Lengths of the header past the file, at the ends of 32 and 64 bits.
  for (std::uint64_t length : {std::uint64_t{3}, std::uint64_t{1} << 31, std::uint64_t{1} << 32,
                               std::uint64_t{1} << 63, ~std::uint64_t{0}}) {
    std::string bytes(reinterpret_cast<const char*>(&length), 8);
    CHECK(says(error_of([&] { decode_safetensors(bytes + "{}", "long"); }),
               {"long: declares a header of " + std::to_string(length), "only 2 follow"}));
  }
}

TEST_CASE("a file cut or changed anywhere gives an error or a state, never a crash") {
  std::string whole = encode_safetensors(small_state(), {{"a", "b\x01"}});
  for (std::size_t n = 0; n < whole.size(); ++n)
    CHECK(error_of([&] { decode_safetensors(std::string_view(whole).substr(0, n), "cut"); }) != "no error");
  CHECK(says(error_of([&] { decode_safetensors("1234", "cut"); }), {"cut: is cut short: 4 bytes"}));
  CHECK(says(error_of([&] { decode_safetensors("12345678{}", "cut"); }),
             {"declares a header of", "only 2 follow"}));
  for (std::size_t n = 0; n < whole.size(); ++n)
    for (int c : std::initializer_list<int>{0, '0', '9', '"', '{', '}', '[', ',', '\\', ' ', 0x80, 0xff}) {
      std::string changed = whole;
      changed[n] = static_cast<char>(c);
      error_of([&] { decode_safetensors(changed, "changed"); });
    }
}

}  // namespace data_formats_safetensors_test
}}  // namespace norma
