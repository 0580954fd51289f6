// Data sets as folders of pictures by class.
#include "data/image_folder.h"

#include <doctest/doctest.h>

#include "data/dataset.h"
#include "data/load.h"
#include "tests/support/errors.h"
#include "tests/support/pictures.h"
#include "tests/support/temporary_folder.h"

namespace norma { inline namespace NORMA_BUILD { namespace data_image_folder_test {

namespace fs = std::filesystem;

/// A picture of 2 × 3 pixels of one value.
std::string picture(int value) { return grey_png(flat_image(2, 3, value)); }

/// Classes "10", "2", "cat" with three, one and two pictures to learn from, one each to test.
void put_set(const fs::path& folder) {
  int value = 1;
  for (const char* file :
       {"train/cat/a.png", "train/cat/b.png", "train/2/x.png", "train/10/3.png", "train/10/1.png",
        "train/10/2.png", "test/cat/z.png", "test/10/z.png", "test/2/z.png"})
    put_file(folder / file, picture(10 * value++));
}

TEST_CASE("image folder: classes in the order of their names, samples in turns, names kept") {
  TemporaryFolder folder;
  put_set(folder / "animals");
  put_file(folder / "animals/train/2/.hidden", "not a picture");
  put_file(folder / "animals/train/.DS_Store", "nor this");
  for (const char* left :
       {"train/cat/Thumbs.db", "train/cat/DESKTOP.INI", "test/desktop.ini", "test/10/@eaDir/z.png",
        "train/@eaDir/cat/a.png", "train/__MACOSX/x/._a.png", "test/__MACOSX/._x"})
    put_file(folder / "animals" / left, "nor this");
  const DataPair pair = load_data((folder / "animals").string());
  CHECK(pair.train.name == "animals");
  CHECK(pair.train.source == (folder / "animals").string());
  CHECK(pair.train.sample == Shape{1, 2, 3});
  CHECK(pair.train.classes == 3);
  CHECK(pair.test.class_names == std::vector<std::string>{"10", "2", "cat"});
  CHECK(pair.train.labels == std::vector<std::uint8_t>{0, 1, 2, 0, 2, 0});
  std::vector<int> values;
  for (Index i = 0; i < pair.train.size(); ++i) {
    values.push_back(image_of(pair.train, i).at(0, 0));
    CHECK(image_of(pair.train, i).pixels ==
          std::vector<std::uint8_t>(6, static_cast<std::uint8_t>(values.back())));
  }
  CHECK(values == std::vector<int>{50, 30, 10, 60, 20, 40});
  CHECK(pair.test.labels == std::vector<std::uint8_t>{0, 1, 2});
  CHECK(pair.train.class_name(2) == "cat");
  CHECK(pair.train.first(2).class_names == pair.train.class_names);
  CHECK(Dataset{.name = {}, .source = {}, .sample = {}, .pixels = {}, .labels = {}}.class_name(7) == "7");
}

TEST_CASE("image folder: colour, 16 bits and other formats become 8-bit grey") {
  TemporaryFolder folder;
  put_set(folder.path);
  put_file(folder / "train/cat/b.png",
           Png{3, 2, 8, 2, std::string("\0\0\0\0\0\0\0\xff\xff\xff\0\0\0\0\0\0\0\0\0\0", 20)}.file());
  put_file(folder / "train/2/x.png", "P5 3 2 255\nabcdef");
  const DataPair pair = load_data(folder.path.string());
  CHECK(image_of(pair.train, 4).pixels == std::vector<std::uint8_t>{0, 0, 255, 0, 0, 0});
  CHECK(image_of(pair.train, 1).pixels == std::vector<std::uint8_t>{'a', 'b', 'c', 'd', 'e', 'f'});
}

TEST_CASE("image folder: IDX files beside train/ come first") {
  TemporaryFolder folder;
  put_set(folder.path);
  put_file(folder / "train-images-idx3-ubyte", "");
  CHECK(says(error_of([&] { load_data(folder.path.string()); }), {"has no train-labels-idx1-ubyte"}));
}

TEST_CASE("image folder: names in other encodings stay apart, and take their own data") {
  TemporaryFolder folder;
  const std::string set = folder / "caf\xe9";
  for (const char* half : {"train/", "test/"}) {
    put_file(set + '/' + half + "na\xefve/1.png", picture(10));
    put_file(set + '/' + half + "na\xeeve/1.png", picture(20));
    put_file(set + '/' + half + "na\\xEEve/1.png", picture(30));
  }
  const DataPair pair = load_data(set);
  CHECK(pair.train.name == "caf\\xE9");
  CHECK(pair.train.class_names == std::vector<std::string>{"na\\x5CxEEve", "na\\xEEve", "na\\xEFve"});
  CHECK(pair.test.class_names == pair.train.class_names);
  for (Index i = 0; i < 3; ++i) CHECK(image_of(pair.test, i).at(0, 0) == (i == 0 ? 30 : i == 1 ? 20 : 10));
}

TEST_CASE("image folder: what is wrong is named") {
  const struct {
    const char* what;
    void (*change)(const fs::path&);
    std::initializer_list<std::string> wanted;
  } cases[] = {
      {"no test/",
       [](const fs::path& f) { fs::remove_all(f / "test"); },
       {"/test: is not there", "for each class"}},
      {"no train/", [](const fs::path& f) { fs::remove_all(f / "train"); }, {"/train: is not there"}},
      {"an empty class",
       [](const fs::path& f) { fs::remove(f / "train/2/x.png"); },
       {"/train/2: expected pictures", "an empty folder"}},
      {"an empty class in test/",
       [](const fs::path& f) { fs::remove(f / "test/2/z.png"); },
       {"/test/2: expected pictures", "an empty folder"}},
      {"a class of train/ only",
       [](const fs::path& f) { fs::remove_all(f / "test/cat"); },
       {"/test: has no folder cat", "/train has"}},
      {"a class of test/ only",
       [](const fs::path& f) { fs::remove_all(f / "train/cat"); },
       {"/train: has no folder cat", "/test has"}},
      {"one class",
       [](const fs::path& f) {
         for (const char* name : {"train/cat", "train/2"}) fs::remove_all(f / name);
       },
       {"/train: expected 2 to 256 folders, one per class, got 1"}},
      {"a file among the classes",
       [](const fs::path& f) { put_file(f / "train/notes.txt", "hello"); },
       {"/train/notes.txt: expected a folder", "got a file"}},
      {"a folder among the pictures",
       [](const fs::path& f) { fs::create_directory(f / "train/cat/more"); },
       {"/train/cat/more: expected a file, got a folder"}},
      {"another size",
       [](const fs::path& f) { put_file(f / "test/cat/z.png", grey_png(flat_image(3, 2, 9))); },
       {"/test/cat/z.png: expected 3×2 as in", "/train/10/1.png, got 2×3"}},
      {"no picture",
       [](const fs::path& f) { put_file(f / "train/cat/b.png", "hello"); },
       {"/train/cat/b.png: is not a picture"}},
      {"too large a picture",
       [](const fs::path& f) { put_file(f / "train/10/1.png", grey_png(flat_image(1, 4097, 9))); },
       {"/train/10/1.png: expected sides of at most 4096, got 4097×1"}},
  };
  for (const auto& c : cases) {
    INFO(c.what);
    TemporaryFolder folder;
    put_set(folder.path);
    c.change(folder.path);
    CHECK(says(error_of([&] { load_data(folder.path.string()); }), c.wanted));
  }
  TemporaryFolder empty;
  CHECK(says(error_of([&] { load_data(empty.path.string()); }), {"has no IDX files", "train/ and test/"}));
}

}  // namespace data_image_folder_test
}}  // namespace norma
