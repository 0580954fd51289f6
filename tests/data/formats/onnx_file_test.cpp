// ONNX files, field by field.
#include "data/formats/onnx_file.h"

#include <doctest/doctest.h>

#include "tests/support/file_readers.h"

namespace norma { inline namespace NORMA_BUILD { namespace data_formats_onnx_file_test {

TEST_CASE("a small model, field by field") {
  OnnxGraph g;
  g.input = {2};
  g.output = {3};
  g.words = "what it is";
  g.metadata = {{"classes", "[]"}, {"b", "c"}};
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
  const auto metadata = fields_of(model, 14);
  REQUIRE(metadata.size() == 2);
  CHECK((field_of(metadata[1].bytes, 1).bytes == "classes" && field_of(metadata[1].bytes, 2).bytes == "[]"));
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

}  // namespace data_formats_onnx_file_test
}}  // namespace norma
