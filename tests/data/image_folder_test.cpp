// Data sets as folders of pictures by class.
#include "data/image_folder.h"

#include <doctest/doctest.h>

#include <algorithm>

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
  std::vector<int> seen;
  for (Index i = 0; i < pair.train.size(); ++i) {
    seen.push_back(image_of(pair.train, i).at(0, 0));
    CHECK(image_of(pair.train, i).pixels ==
          std::vector<std::uint8_t>(6, static_cast<std::uint8_t>(seen.back())));
  }
  CHECK(seen == std::vector<int>{50, 30, 10, 60, 20, 40});
  CHECK(pair.test.labels == std::vector<std::uint8_t>{0, 1, 2});
  CHECK(pair.train.class_name(2) == "cat");
  CHECK(pair.train.first(2).class_names == pair.train.class_names);
  CHECK(Dataset{.name = {}, .source = {}, .sample = {}, .pixels = {}, .labels = {}}.class_name(7) == "7");
}

TEST_CASE("image folder: 16 bits and other formats become 8-bit grey, if there is no colour") {
  TemporaryFolder folder;
  put_set(folder.path);
  put_file(folder / "train/cat/b.png",
           Png{3, 2, 8, 2, std::string("\0\0\0\0\0\0\0\xff\xff\xff\0\0\0\0\0\0\0\0\0\0", 20)}.file());
  put_file(folder / "train/2/x.png", "P5 3 2 255\nabcdef");
  const DataPair pair = load_data(folder.path.string());
  CHECK(image_of(pair.train, 4).pixels == std::vector<std::uint8_t>{0, 0, 255, 0, 0, 0});
  CHECK(image_of(pair.train, 1).pixels == std::vector<std::uint8_t>{'a', 'b', 'c', 'd', 'e', 'f'});
}

/// A picture of 2 × 3 pixels of one colour.
std::string colour_picture(const std::string& rgb) {
  std::string rows;
  for (int r = 0; r < 2; ++r) rows += std::string(1, '\0') + rgb + rgb + rgb;
  return Png{3, 2, 8, 2, rows}.file();
}

TEST_CASE("image folder: one picture with a colour, wherever it is, makes all red, green and blue") {
  for (const char* coloured : {"train/10/1.png", "train/cat/b.png", "test/cat/z.png"}) {
    INFO(coloured);
    TemporaryFolder folder;
    put_set(folder.path);
    put_file(folder / coloured, colour_picture("\x0a\x14\x1e"));
    auto load = [&](Colour colour) { return read_image_folders(folder.path, {.colour = colour}); };
    const DataPair pair = load(Colour::automatic), rgb = load(Colour::rgb), grey = load(Colour::grey);
    CHECK((pair.train.sample == Shape{3, 2, 3} && pair.test.sample == Shape{3, 2, 3}));
    CHECK((pair.train.pixels == rgb.train.pixels && pair.test.pixels == rgb.test.pixels));
    CHECK(pair.note.empty());
    CHECK(grey.train.sample == Shape{1, 2, 3});
    CHECK(grey.note == "colour was dropped from 1 of 9 pictures (--colour grey)");
    const bool in_test = coloured[1] == 'e';
    int threes = 0;  // every other picture is grey: three equal planes
    for (const Dataset* half : {&pair.train, &pair.test})
      for (Index i = 0; i < half->size(); ++i) {
        const std::uint8_t* p = half->pixels.data() + i * 18;
        if (p[0] == 10 && p[6] == 20 && p[12] == 30)
          CHECK((half == &pair.test) == in_test);
        else
          threes += std::equal(p, p + 6, p + 6) && std::equal(p, p + 6, p + 12);
      }
    CHECK(threes == 8);
  }
  TemporaryFolder plain;
  put_set(plain.path);
  CHECK(read_image_folders(plain.path).train.sample == Shape{1, 2, 3});
  CHECK(read_image_folders(plain.path, {.colour = Colour::rgb}).train.sample == Shape{3, 2, 3});
}

TEST_CASE("image folder: pictures of many sizes become one, and the note says so") {
  TemporaryFolder folder;
  put_set(folder.path);
  put_file(folder / "train/cat/b.png", grey_png(flat_image(9, 5, 200)));
  const DataPair pair = read_image_folders(folder.path, {.height = 4, .width = 6});
  CHECK(pair.train.sample == Shape{1, 4, 6});
  CHECK(image_of(pair.train, 4).pixels == std::vector<std::uint8_t>(24, 200));
  CHECK(pair.note == "9 of 9 pictures, 3 to 5 wide and 2 to 9 high, were resized to 6×4");
  CHECK(read_image_folders(folder.path, {.height = 2, .width = 3}).note ==
        "1 of 9 pictures, 3 to 5 wide and 2 to 9 high, were resized to 3×2");
  CHECK(says(error_of([&] { read_image_folders(folder.path); }),
             {"/train/cat/b.png: expected 3×2", "got 5×9; --resize makes all one size"}));
}

/// Class a has n pictures, b 2: all of different values.
void put_flat(const fs::path& folder, int n) {
  for (int i = 0; i < n; ++i) put_file(folder / "a" / (std::to_string(100 + i) + ".png"), picture(i));
  for (int i = 0; i < 2; ++i) put_file(folder / "b" / (std::to_string(i) + ".png"), picture(200 + i));
}

std::vector<int> values(const Dataset& data, int label) {
  std::vector<int> all;
  for (Index i = 0; i < data.size(); ++i)
    if (data.labels[i] == label) all.push_back(image_of(data, i).at(0, 0));
  return all;
}

TEST_CASE("image folder: a split draws a share of each class by its seed, at least one and not all") {
  TemporaryFolder folder, again;
  put_flat(folder.path, 20);
  for (int i = 20; i-- > 0;)  // made in another order
    put_file(again / "a" / (std::to_string(100 + i) + ".png"), picture(i));
  for (int i = 2; i-- > 0;) put_file(again / "b" / (std::to_string(i) + ".png"), picture(200 + i));
  const struct {
    double split;
    std::size_t tested;
  } cases[] = {{0.2, 4}, {0.225, 5}, {0.01, 1}, {0.99, 19}, {0.5, 10}};
  for (const auto& c : cases) {
    INFO(c.split);
    const DataPair pair = read_image_folders(folder.path, {.split = c.split, .split_seed = 7}),
                   same = read_image_folders(again.path, {.split = c.split, .split_seed = 7}),
                   other = read_image_folders(folder.path, {.split = c.split, .split_seed = 8});
    std::vector<int> train = values(pair.train, 0), test = values(pair.test, 0), both = train;
    CHECK((test.size() == c.tested && train.size() == 20 - c.tested));
    CHECK((std::is_sorted(train.begin(), train.end()) && std::is_sorted(test.begin(), test.end())));
    both.insert(both.end(), test.begin(), test.end());
    std::sort(both.begin(), both.end());
    for (int i = 0; i < 20; ++i) REQUIRE(both[static_cast<std::size_t>(i)] == i);  // each picture once
    CHECK((values(pair.test, 1).size() == 1 && values(pair.train, 1).size() == 1));
    CHECK((same.train.pixels == pair.train.pixels && same.test.pixels == pair.test.pixels));
    CHECK(values(other.test, 0) != test);
  }
  CHECK(load_data(folder.path.string(), {}, {}, {.split = 0.5}).train.class_names ==
        std::vector<std::string>{"a", "b"});
}

TEST_CASE("image folder: what cannot be split is named") {
  const PictureOptions half{.split = 0.5};
  TemporaryFolder folder;
  put_set(folder.path);
  CHECK(says(error_of([&] { load_data(folder.path.string(), {}, {}, half); }),
             {"--split: ", "holds train/ or test/ already"}));
  TemporaryFolder flat;
  put_flat(flat.path, 1);
  CHECK(says(error_of([&] { load_data(flat.path.string(), {}, {}, half); }),
             {"--split: ", "/a: expected at least 2 pictures", "got 1"}));
  put_file(flat / "notes.txt", "hello");
  CHECK(says(error_of([&] { load_data(flat.path.string(), {}, {}, half); }),
             {"/notes.txt: expected a folder"}));
  TemporaryFolder idx;
  put_file(idx / "train-images-idx3-ubyte", "");
  CHECK(says(error_of([&] { load_data(idx.path.string(), {}, {}, half); }),
             {"--split: ", " holds IDX files; it is for folders of pictures"}));
  CHECK(says(error_of([&] { load_data(idx.path.string(), {}, {}, {.height = 4, .width = 4}); }),
             {"--resize: ", " holds IDX files"}));
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
      {"no train/",
       [](const fs::path& f) { fs::remove_all(f / "train"); },
       {"/train: is not there", "--data", "/test --split 0.2"}},
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
  CHECK(says(error_of([&] { load_data(empty.path.string()); }),
             {"train/CLASS/FILE and test/CLASS/FILE", "--split 0.2", "train-images-idx3-ubyte"}));
}

}  // namespace data_image_folder_test
}}  // namespace norma
