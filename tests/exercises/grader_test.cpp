// The programs of the exercises as they are handed out, and answers that crash or do not end.
#include "exercises/grade/grader.h"

#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdio>

#include "tests/support/graded.h"

namespace exercises { namespace exercises_grader_test {

struct Ended {
  std::string text;
  int code = -1;
};

Ended run(const std::string& command) {
  Ended ended;
  FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  REQUIRE(pipe);
  std::array<char, 256> part;
  while (std::fgets(part.data(), part.size(), pipe)) ended.text += part.data();
  const int status = pclose(pipe);
  ended.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return ended;
}

TEST_CASE("exercises: each stub compiles, fails, and says that it is not written yet") {
  for (int n = 1; n <= 8; ++n) {
    const Ended stub = run(NORMA_EXERCISES "/exercise_" + std::to_string(n));
    INFO("Exercise ", n,
         " as it is in exercises/ (if you have solved it there, the tests want your answer put "
         "aside: git stash)\n",
         stub.text);
    CHECK(stub.code == 1);
    CHECK(stub.text.find(n == 8 ? "  ✗ One batch of mean " : "it is not written yet") != stub.text.npos);
  }
}

TEST_CASE("grade.sh: the number of an exercise, or one line of what it expects") {
  for (const char* words : {"0", "9", "1 x", "''", "10", "-1"}) {
    const Ended refused = run("sh " NORMA_SOURCE_DIR "/exercises/grade.sh " + std::string(words));
    CAPTURE(refused.text);
    CHECK(refused.code == 2);
    CHECK(refused.text.starts_with("grade.sh: expected the number of an exercise, 1 to 8, got '"));
  }
}

// What a grader in a process of its own prints on standard output.
Ended graded_apart(const std::function<void(Grader&)>& steps) {
  std::array<int, 2> ends;
  REQUIRE(pipe(ends.data()) == 0);
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    dup2(ends[1], STDOUT_FILENO);
    std::ostringstream unused;
    _exit(grade(unused, "0", "", steps));
  }
  close(ends[1]);
  Ended ended;
  char c;
  while (read(ends[0], &c, 1) == 1) ended.text += c;
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  ended.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return ended;
}

TEST_CASE("grader: a crash, a division by 0 and a loop without end are said, with what was tried") {
  const auto after = [](int signal) {
    return graded_apart([signal](Grader& g) {
      g.trying("x of shape (5, 3)");
      raise(signal);
    });
  };
  const Ended crash = after(SIGSEGV), division = after(SIGFPE), loop = after(SIGALRM);
  CHECK((crash.code == 1 && division.code == 1 && loop.code == 1));
  CHECK(crash.text ==
        "  ✗ Your code crashed: it read or wrote where there is no tensor's memory, at: x of "
        "shape (5, 3)\n");
  CHECK(division.text == "  ✗ Your code divided a whole number by 0, at: x of shape (5, 3)\n");
  CHECK(loop.text == "  ✗ Your code had not ended after ten seconds, at: x of shape (5, 3)\n");
  CHECK(graded_apart([](Grader&) {
          if (alarm(0) == 0) raise(SIGKILL);  // no alarm was set
        }).code == 0);
}

}}  // namespace exercises::exercises_grader_test
