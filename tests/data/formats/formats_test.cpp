// The formats that Norma only writes, byte by byte and read back: protobuf, ONNX, NumPy, zip, TensorBoard's events.
#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include "data/formats/event_file.h"
#include "data/formats/npy.h"
#include "data/formats/onnx_file.h"
#include "data/formats/protobuf.h"
#include "data/formats/zip.h"
#include "tests/support/errors.h"
#include "tests/support/file_readers.h"

namespace norma { inline namespace NORMA_BUILD { namespace {

std::string hex(const std::string& bytes) {
  std::string text;
  for (char c : bytes)
    for (int shift : {4, 0}) text += "0123456789abcdef"[static_cast<unsigned char>(c) >> shift & 15];
  return text;
}

TEST_CASE("protobuf: the bytes of every kind of field") {
  auto integer = [](std::int64_t n) { return hex(ProtobufMessage().integer(1, n).bytes()); };
  CHECK(integer(0) == "0800");
  CHECK(integer(1) == "0801");
  CHECK(integer(127) == "087f");
  CHECK(integer(128) == "088001");
  CHECK(integer(150) == "089601");  // the example of the format's page
  CHECK(integer(300) == "08ac02");
  CHECK(integer(16383) == "08ff7f");
  CHECK(integer(16384) == "08808001");
  CHECK(integer(std::numeric_limits<std::int64_t>::max()) == "08ffffffffffffffff7f");
  CHECK(integer(-1) == "08ffffffffffffffffff01");
  CHECK(hex(ProtobufMessage().integer(16, 1).bytes()) == "800101");  // a tag of two bytes
  CHECK(hex(ProtobufMessage().text(2, "testing").bytes()) == "120774657374696e67");
  CHECK(hex(ProtobufMessage().message(3, ProtobufMessage().integer(1, 150)).bytes()) == "1a03089601");
  CHECK(hex(ProtobufMessage().number(2, 1.0f).bytes()) == "150000803f");
  CHECK(hex(ProtobufMessage().number(1, 1.0).bytes()) == "09000000000000f03f");
  const std::string text(200, 'x');
  CHECK(hex(ProtobufMessage().text(1, text).bytes()).substr(0, 6) == "0ac801");
  CHECK(field_of(ProtobufMessage().text(1, text).integer(2, 5).bytes(), 1).bytes == text);
}

TEST_CASE("npy: NumPy's own bytes, values at a multiple of 64") {
  const std::vector<real> three = {1, -2, 0.5};
  std::string expected("\x93NUMPY\x01\x00v\x00", 10);  // what numpy.save writes of float32 [1, −2, 0.5]
  expected += "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), }";
  expected.resize(127, ' ');
  expected += '\n';
  const float values[] = {1, -2, 0.5};
  expected.append(reinterpret_cast<const char*>(values), sizeof values);
  CHECK(encode_npy({3}, three) == expected);

  const std::vector<std::int64_t> one = {std::int64_t{1} << 40};
  const NpyFile counter(encode_npy({}, one));
  CHECK(counter.header == "{'descr': '<i8', 'fortran_order': False, 'shape': (), }");
  CHECK(counter.values<std::int64_t>() == one);
  for (const Shape& shape : {Shape{2, 3}, Shape{0, 2}, Shape{1, 1, 1, 1, 6}, Shape{1234, 10}}) {
    const std::vector<real> zeros(static_cast<std::size_t>(shape.size()));
    const NpyFile file(encode_npy(shape, zeros));  // checks the alignment
    std::ostringstream words;
    words << "'shape': " << shape << ", }";
    CHECK(file.header.find(words.str()) != file.header.npos);
    CHECK(file.values<real>() == zeros);
  }
  CHECK(says(error_of([&] { encode_npy({2, 2}, three); }), {"npy: 3 values", "(2, 2)"}));
}

TEST_CASE("npz: every entry of a state under its name, sums and directory in order") {
  const Tensor w = Tensor::from({2, 3}, {1, 2, 3, 4, 5, 6});
  const StateDict state = {{"0.weight", w, nullptr},
                           {"1.num_batches_tracked", {}, std::make_shared<std::int64_t>(-7)},
                           {"größe", Tensor::full({}, 3), nullptr}};
  const auto members = zip_members(encode_npz(state));
  REQUIRE(members.size() == 3);
  const NpyFile weight(members.at("0.weight.npy")), tracked(members.at("1.num_batches_tracked.npy"));
  CHECK(weight.header == "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }");
  CHECK(weight.values<real>() == std::vector<real>{1, 2, 3, 4, 5, 6});
  CHECK(tracked.values<std::int64_t>() == std::vector<std::int64_t>{-7});
  CHECK(members.count("größe.npy") == 1);
  CHECK(encode_npz(state) == encode_npz(state));
}

TEST_CASE("zip: any bytes come back, and what the format cannot hold is refused") {
  std::string all;
  for (int i = 0; i < 1000; ++i) all += static_cast<char>(i * i);
  const auto members = zip_members(encode_zip({{"a", ""}, {"folder/b", all}, {"c", "PK\x05\x06"}}));
  CHECK(members == std::map<std::string, std::string>{{"a", ""}, {"folder/b", all}, {"c", "PK\x05\x06"}});
  CHECK(zip_members(encode_zip({})).empty());
  CHECK(bitwise_crc("123456789", 0xedb88320) == 0xcbf43926);  // the reader's own sum
  CHECK(says(error_of([] { encode_zip({{"a", ""}, {"a", ""}}); }), {"two members", "'a'"}));
  CHECK(says(error_of([] { encode_zip({{"", "x"}}); }), {"a name of 0 bytes"}));
  CHECK(says(error_of([] { encode_zip({{std::string(65536, 'n'), ""}}); }), {"a name of 65536 bytes"}));
  CHECK(says(error_of([] { encode_zip(std::vector<ZipMember>(65536)); }), {"65536 members"}));
}

TEST_CASE("event file: crc32c of the standard's examples") {
  CHECK(crc32c("123456789") == 0xe3069283);
  CHECK(crc32c("") == 0);
  CHECK(crc32c(std::string(32, '\0')) == 0x8a9136aa);  // RFC 3720, B.4
  CHECK(crc32c(std::string(32, '\xff')) == 0x62a8ab43);
  CHECK(bitwise_crc("123456789", 0x82f63b78) == 0xe3069283);
}

TEST_CASE("event file: a record of its version, then one a point, without a time") {
  const std::vector<Scalar> points = {
      {"loss/train", 0, 2.5}, {"lr", 300, 0.1}, {"loss/test", std::int64_t{1} << 40, NAN}};
  const std::string file = encode_events(points);
  const auto records = tf_records(file);
  REQUIRE(records.size() == 4);
  CHECK(field_of(records[0], 3).bytes == "brain.Event:2");
  for (std::size_t i = 0; i < records.size(); ++i) {
    CHECK(number_at<double>(field_of(records[i], 1).bytes, 0) == 0);
    if (i == 0) continue;
    const Scalar& point = points[i - 1];
    CHECK(static_cast<std::int64_t>(field_of(records[i], 2).whole) == point.step);
    const std::string value = field_of(field_of(records[i], 5).bytes, 1).bytes;
    CHECK(field_of(value, 1).bytes == point.tag);
    const float number = number_at<float>(field_of(value, 2).bytes, 0);
    CHECK((number == static_cast<float>(point.value) || (std::isnan(number) && std::isnan(point.value))));
  }
  CHECK(encode_events(points) == file);
  CHECK(tf_records(encode_events({})).size() == 1);
}

TEST_CASE("onnx file: a small model, field by field") {
  OnnxGraph g;
  g.input = {2};
  g.output = {3};
  g.words = "what it is";
  g.constants = {{"w", Tensor::from({3, 2}, {1, 2, 3, 4, 5, 6})},
                 {"shape", std::vector<std::int64_t>{0, -1}}};
  g.nodes = {{"Gemm", {"input", "w"}, "0", {{"transB", std::int64_t{1}}}},
             {"LeakyRelu", {"0"}, "1", {{"alpha", 0.5f}}},
             {"MaxPool", {"1"}, "logits", {{"pads", std::vector<std::int64_t>{0, 300}}}}};
  const std::string model = encode_onnx(g, "9.8.7");
  CHECK(field_of(model, 1).whole == 8);
  CHECK(field_of(model, 2).bytes == "norma");
  CHECK(field_of(model, 3).bytes == "9.8.7");
  CHECK(field_of(model, 6).bytes == "what it is");
  CHECK(field_of(field_of(model, 8).bytes, 2).whole == onnx_opset);
  const std::string graph = field_of(model, 7).bytes;

  const auto nodes = fields_of(graph, 1);
  REQUIRE(nodes.size() == 3);
  CHECK(field_of(nodes[0].bytes, 4).bytes == "Gemm");
  const auto inputs = fields_of(nodes[0].bytes, 1);
  REQUIRE(inputs.size() == 2);
  CHECK((inputs[0].bytes == "input" && inputs[1].bytes == "w"));
  CHECK(field_of(nodes[0].bytes, 2).bytes == "0");
  const std::string trans = field_of(nodes[0].bytes, 5).bytes, alpha = field_of(nodes[1].bytes, 5).bytes,
                    pads = field_of(nodes[2].bytes, 5).bytes;
  CHECK((field_of(trans, 1).bytes == "transB" && field_of(trans, 3).whole == 1 &&
         field_of(trans, 20).whole == 2));
  CHECK((number_at<float>(field_of(alpha, 2).bytes, 0) == 0.5f && field_of(alpha, 20).whole == 1));
  CHECK((fields_of(pads, 8).size() == 2 && fields_of(pads, 8)[1].whole == 300 &&
         field_of(pads, 20).whole == 7));

  const auto constants = fields_of(graph, 5);
  REQUIRE(constants.size() == 2);
  const std::string &w = constants[0].bytes, &shape = constants[1].bytes;
  CHECK((fields_of(w, 1).size() == 2 && fields_of(w, 1)[0].whole == 3 && fields_of(w, 1)[1].whole == 2));
  CHECK((field_of(w, 2).whole == 1 && field_of(w, 8).bytes == "w" && field_of(w, 9).bytes.size() == 24));
  CHECK(number_at<float>(field_of(w, 9).bytes, 20) == 6);
  CHECK((field_of(shape, 2).whole == 7 && field_of(shape, 1).whole == 2));
  CHECK(number_at<std::int64_t>(field_of(shape, 9).bytes, 8) == -1);

  for (const auto& [number, name, size] : {std::tuple{11, "input", 2}, std::tuple{12, "logits", 3}}) {
    const std::string value = field_of(graph, number).bytes;
    CHECK(field_of(value, 1).bytes == name);
    const std::string tensor = field_of(field_of(value, 2).bytes, 1).bytes;
    CHECK(field_of(tensor, 1).whole == 1);
    const auto dims = fields_of(field_of(tensor, 2).bytes, 1);
    REQUIRE(dims.size() == 2);
    CHECK(field_of(dims[0].bytes, 2).bytes == "N");
    CHECK(field_of(dims[1].bytes, 1).whole == static_cast<std::uint64_t>(size));
  }
}

}  // namespace
}}  // namespace norma
