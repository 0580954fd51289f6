// NumPy's files, byte by byte and read back.
#include "data/formats/npy.h"

#include <doctest/doctest.h>

#include "tests/support/errors.h"
#include "tests/support/file_readers.h"

namespace norma { inline namespace NORMA_BUILD { namespace data_formats_npy_test {

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
  CHECK(says(error_of([&] { encode_npy({2, 2}, three); }), {"npy: expected 4 values", "(2, 2), got 3"}));
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

}  // namespace data_formats_npy_test
}}  // namespace norma
