#include "apps/run/agreement.h"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <sstream>

#include "apps/run/processes.h"
#include "core/error.h"
#include "core/parallel.h"

namespace norma { inline namespace NORMA_BUILD {
namespace {

Stage now = Stage::agreeing;

std::string process_words(std::size_t rank) {
  return concat("process ", rank + 1, " of ", Processes::all().size());
}

// A text begins with '+', a failure with '-', its code and a blank.
std::vector<std::string> tell(const std::string& mine) {
  std::vector<std::string> texts = Processes::all().gather(mine);
  const auto failed = [](const std::string& text) { return text.starts_with('-'); };
  const auto first = std::ranges::find_if(texts, failed);
  if (first != texts.end()) {
    const std::size_t blank = first->find(' ');
    const bool all = std::ranges::all_of(texts, [&](const std::string& text) { return text == *first; });
    const std::string who = all ? "" : process_words(std::size_t(first - texts.begin())) + ": ";
    throw CommonFailure(who + first->substr(blank + 1), std::stoi(first->substr(1, blank)));
  }
  for (std::string& text : texts) text.erase(0, 1);
  return texts;
}

}  // namespace

std::vector<std::string> exchange(const std::string& mine) { return tell("+" + mine); }

std::string told_by_first(const std::string& mine) { return exchange(mine).front(); }

void agree(const std::string& text) {
  const std::vector<std::string> texts = exchange(text);
  for (std::size_t rank = 1; rank < texts.size(); ++rank) {
    if (texts[rank] == texts[0]) continue;
    std::istringstream first(texts[0]), other(texts[rank]);
    std::string a, b;
    const auto next = [](std::istringstream& in, std::string& line) {
      if (!std::getline(in, line)) line = "nothing";
    };
    do {
      next(first, a);
      next(other, b);
    } while (a == b);
    throw CommonFailure(concat("expected the same options in all processes, got '", a, "' in the first and '",
                               b, "' in ", process_words(rank)),
                        2);
  }
}

void agree(const std::map<std::string, std::string>& values) {
  std::string lines;
  for (const auto& [name, value] : values) lines += name + " " + value + "\n";
  agree(lines);
}

Stage stage() { return now; }

void go_on(Stage stage) {
  exchange("");
  now = stage;
  if (now == Stage::apart) Processes::all().leave();  // while all live: it would wait for a dead one forever
}

CommonFailure fail_together(const std::string& words, int code) {
  try {
    tell(concat('-', code, ' ', words));
  } catch (const CommonFailure& failure) {
    return failure;
  }
  return {words, code};
}

int own_processors() {
  char host[256] = "";
  gethostname(host, sizeof host - 1);
  std::string place = host;  // with the processors that mpirun has bound this process to
  cpu_set_t mine;
  if (sched_getaffinity(0, sizeof mine, &mine) == 0)
    for (int p = 0; p < CPU_SETSIZE; ++p)
      if (CPU_ISSET(p, &mine)) place += " " + std::to_string(p);
  const std::vector<std::string> places = exchange(place);
  return std::max(1, processors() / int(std::ranges::count(places, place)));
}

}}  // namespace norma
